import type { Records } from '@sessionbank/databank-kit'
import type { OpenBank } from '@sessionbank/session-core'

/** Returns the bank, with its nth read failing as if the connection had broken. */
export function failingRead(bank: OpenBank, nth: number): OpenBank {
  let reads = 0
  const failsNow = () => ++reads === nth
  return replacing(bank, {
    read(type: string, id: string, callback: (error: Error | null) => void) {
      if (failsNow()) callback(new Error('the connection broke'))
      else bank.read(type, id, callback)
    },
    records: bank.records && ((type: string) => recordsOf(bank, type, failsNow)),
  })
}

function recordsOf(bank: OpenBank, type: string, failsNow: () => boolean): Records {
  const records = bank.records?.(type) as Records
  return replacing(records, {
    async read(id: string) {
      if (failsNow()) throw new Error('the connection broke')
      return records.read(id)
    },
  })
}

function replacing<T extends object>(target: T, replacements: Record<string, unknown>): T {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(replacements, name)) return replacements[name]
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
