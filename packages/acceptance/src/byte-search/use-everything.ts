import { type OpenBank, sessionHandle } from '@sessionbank/session-core'
import type { App, Framework, StartOptions } from '../apps/app.ts'
import { HOUR } from '../apps/app.ts'
import { Client } from '../client.ts'
import { newGate } from '../gates.ts'
import type { Canaries } from './canaries.ts'

/** The indexed fields of a searched bank. The first one is blind if sessions are sealed. */
export const [BLIND, INDEXED] = ['user.id', 'plan']
export const SCHEMA = { session: { pkey: 'sid', indices: [BLIND, INDEXED] } }

/** Uses all operations of apps and stores on sessions, and leaves some sessions in the bank. */
export async function useEverything(
  framework: Framework,
  bank: OpenBank,
  canaries: Canaries,
  store: Exclude<StartOptions['store'], 'defaults'> = {},
): Promise<void> {
  const cookie = { domain: canaries.domain, maxAge: HOUR }
  const session =
    framework.name === 'Koa'
      ? { genid: canaries.newSid, domain: canaries.domain }
      : { genid: canaries.newSid, idGenerator: canaries.newSid, cookie: { ...cookie, secure: false } }
  const app = await framework.start({ bank, maxAge: HOUR, session, store })
  try {
    await useApp(app, canaries)
    await useStore(app, canaries)
  } finally {
    await app.close()
  }
}

async function useApp(app: App, { key, value, blind, indexed, merged }: Canaries): Promise<void> {
  const client = new Client(app)
  await client.send('login', { user: { id: blind } })
  await client.send('set', { values: { plan: indexed, [key]: { deep: [value] } } })
  await client.send('show')
  const gate = newGate()
  const slow = client.copy().send('set', { gate: gate.name, values: { merged } })
  await gate.reached()
  await client.send('set', { values: { quick: value } })
  gate.open()
  await slow
  await client.send('remember', { maxAge: 2 * HOUR })
  await client.send('relogin', { user: { id: blind } })
  await client.send('set', { values: { plan: indexed, [key]: value, merged } })
  const other = new Client(app)
  await other.send('login', { user: { id: blind } })
  await other.send('logout')
}

async function useStore({ store, ...app }: App, canaries: Canaries): Promise<void> {
  const { blind, indexed, updated } = canaries
  const logins = [new Client(app), new Client(app), new Client(app)]
  const sids = []
  for (const client of logins) sids.push((await client.send('login', { user: { id: blind } })).sid)
  const [kept, named, ended] = sids
  await store.update(kept, (session) => Object.assign(session, { updated, plan: indexed }))
  const found = (await store.find({ [BLIND]: blind })).map(({ handle }) => handle)
  expect(found).toEqual(expect.arrayContaining(sids.map(sessionHandle)))
  await store.find({ [INDEXED]: indexed })
  await store.find({ elsewhere: blind })
  await store.find({ [BLIND]: blind, [INDEXED]: indexed })
  await store.destroyWhere({ [BLIND]: blind }, { handle: sessionHandle(ended) })
  await store.destroyWhere({ [BLIND]: blind, elsewhere: indexed }, { except: named })
  await store.all()
  await store.length()
  await store.cleanup()
}
