import type { Bank } from '../src/index.ts'
import { PlainBank } from './plain-bank.ts'
import { openRecordsBank } from './records-bank.ts'

/** A bank whose data a test can access directly, like another program. */
export interface SharedBank {
  bank: Bank
  /** Stores a value of the type `session`. */
  put(id: string, value: object): Promise<void>
  /** Returns the stored value; undefined if there is none. */
  stored(id: string): Promise<unknown>
}

/** A bank of each kind, by name. The store must behave the same on both. */
export const BANKS: [name: string, open: () => Promise<SharedBank>][] = [
  ['a plain databank', async () => shared(new PlainBank().bank)],
  ['a bank with records', async () => shared(await openRecordsBank())],
]

function shared(bank: Bank): SharedBank {
  return {
    bank,
    put(id, value) {
      return new Promise((resolve, reject) => {
        bank.save('session', id, value, (error) => (error ? reject(error) : resolve()))
      })
    },
    stored(id) {
      return new Promise((resolve) => bank.read('session', id, (error, value) => resolve(error ? undefined : value)))
    },
  }
}
