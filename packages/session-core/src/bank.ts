import type { Databank, Deadlines, Records, RecordsBank } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'
import { PlainRecords } from './plain-records.ts'

/** Any databank 1.x: one of ours, databank's own `memory`, or a third party's driver. */
export type Bank = Pick<Databank, 'read' | 'save' | 'del' | 'scan'> & Partial<RecordsBank>

/** The records of a type: the driver's own where it has them, else emulated over the plain databank. */
export function recordsOf(bank: Bank, type: string, now: () => number, deadlines: Deadlines): Records {
  if (typeof bank.records === 'function') return bank.records(type)
  return new PlainRecords(bank, type, now, deadlines)
}

/** @throws InvalidOptionError where this is no databank */
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
