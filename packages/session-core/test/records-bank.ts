import { promisify } from 'node:util'
import type { Records } from '@sessionbank/databank-kit'
import { ReferenceDatabank } from '../../databank-kit/test/reference-databank.ts'
import type { OpenBank } from '../src/index.ts'

/** Opens a bank in memory with `records`, which keeps each text unchanged. */
export async function openRecordsBank(): Promise<OpenBank & { records(type: string): Records }> {
  const bank = new ReferenceDatabank()
  await promisify(bank.connect.bind(bank))({})
  return bank as unknown as OpenBank & { records(type: string): Records }
}

/** Returns the text that a bank holds under an id. */
export async function textIn(bank: { records(type: string): Records }, id: string): Promise<string | undefined> {
  return (await bank.records('session').read(id))?.json
}

const CALLS = ['read', 'write', 'touch', 'delete', 'count', 'deleteExpired']

/** Wraps a bank: each call of its records first waits for `before`, which gets the call's name and arguments. */
export function delayedBank(bank: OpenBank, before: (call: string, ...args: unknown[]) => Promise<unknown>): OpenBank {
  const delayed = (records: object) => {
    return new Proxy(records, {
      get(target, name) {
        const own = Reflect.get(target, name)
        if (typeof own !== 'function') return own
        if (!CALLS.includes(String(name))) return own.bind(target)
        return (...args: unknown[]) => before(String(name), ...args).then(() => own.apply(target, args))
      },
    })
  }
  return new Proxy(bank, {
    get(target, name) {
      const own = Reflect.get(target, name)
      if (name === 'records') return (type: string) => delayed(own.call(target, type))
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
