import {
  boundRecords,
  type Databank,
  EmulatedRecords,
  type Records,
  type RecordsBank,
  type Schema,
} from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'
import { explainBankError } from './explain-bank-error.ts'
import { plainValue } from './plain-value.ts'

/** Any databank 1.x: a bank of this project, databank's own `memory`, or a third party's driver. */
export type Bank = Pick<Databank, 'read' | 'save' | 'del' | 'scan'> &
  Partial<RecordsBank> & {
    /** The types of the bank and their indexes. */
    readonly schema?: Schema | undefined
  }

/** Returns the records of a type: the driver's own if it has them, otherwise emulated on the plain databank. */
export function recordsOf(bank: Bank, type: string, options: { timeout: number; now?: () => number }): Records {
  if (typeof bank.records === 'function') return boundRecords(bank.records(type), options.timeout, explainBankError)
  return new EmulatedRecords({ bank, type, codec: plainValue, explain: explainBankError, ...options })
}

/** @throws InvalidOptionError if the value is not a databank */
export function assertBank(bank: unknown): asserts bank is Bank {
  const methods = ['read', 'save', 'del', 'scan'] as const
  const isBank =
    typeof bank === 'object' && bank !== null && methods.every((name) => typeof (bank as Bank)[name] === 'function')
  if (!isBank) {
    throw new InvalidOptionError(
      'a store needs a databank: new DatabankStore(await openDatabank(url)), or Databank.get(driver, params)',
    )
  }
}
