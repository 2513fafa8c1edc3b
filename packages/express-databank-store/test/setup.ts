import { promisify } from 'node:util'
// @ts-expect-error databank has no types
import { Databank } from 'databank'
import { type Bank, DatabankStore, type OpenBank, type StoreOptions } from '../src/index.mts'

export const HOUR = 3_600_000

type Outcome = unknown[]

/** Returns all arguments that a method passes to its callback. */
export function answerOf(call: (callback: (...outcome: Outcome) => void) => unknown): Promise<Outcome> {
  return new Promise((resolve) => call((...outcome) => resolve(outcome)))
}

/** Returns a session as express-session passes it to a store. */
export function sessionOf(data: Record<string, unknown> = {}, expires: unknown = new Date(Date.now() + HOUR)) {
  return {
    ...data,
    cookie: { originalMaxAge: expires instanceof Date ? HOUR : null, expires, httpOnly: true, path: '/' },
  }
}

/** Opens a bank of databank's own memory driver, with functions to access its data. */
export async function openBank() {
  const bank: OpenBank = Databank.get('memory', { schema: DatabankStore.schema })
  await promisify(bank.connect.bind(bank))({})
  return {
    bank,
    save: promisify(bank.save.bind(bank)) as (type: string, id: string, value: unknown) => Promise<unknown>,
    read: promisify(bank.read.bind(bank)) as (type: string, id: string) => Promise<Record<string, unknown>>,
    ids: () => idsIn(bank),
  }
}

export async function openStore(options: StoreOptions = {}) {
  const place = await openBank()
  return { ...place, store: new DatabankStore(place.bank, { cleanupInterval: false, touchAfter: 0, ...options }) }
}

function idsIn(bank: Bank): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const ids: string[] = []
    const add = (value: unknown) => ids.push((value as { sid: string }).sid)
    bank.scan('session', add, (error) => (error ? reject(error) : resolve(ids.sort())))
  })
}
