import type { Databank, Records, RecordsBank } from '@sessionbank/databank-kit'
import { BankFailedError, BankNotConnectedError, InvalidOptionError, SessionbankError } from './errors.ts'
import { PlainRecords } from './plain-records.ts'

/** Any databank 1.x: one of ours, databank's own `memory`, or a third party's driver. */
export type Bank = Pick<Databank, 'read' | 'save' | 'del' | 'scan'> & Partial<RecordsBank>

/** The records of a type: the driver's own where it has them, else emulated over the plain databank. */
export function recordsOf(bank: Bank, type: string, now: () => number): Records {
  if (typeof bank.records === 'function') return bank.records(type)
  return new PlainRecords(bank, type, now)
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

/**
 * What the app gets for a bank's error: a code of ours, never one like ENOENT, which Express and Fastify take for "no
 * session"; and no session id, which databank's own messages tell.
 */
export function explainBankError(error: unknown, sid?: string): Error {
  if (error instanceof SessionbankError) return error
  const { name, code, message } = (error ?? {}) as { name?: string; code?: unknown; message?: string }
  if (typeof code === 'string' && code.startsWith('SESSIONBANK_')) return error as Error
  if (name === 'NotConnectedError') return new BankNotConnectedError()
  const text = typeof message === 'string' ? message : String(error)
  if (sid === undefined || !text.includes(sid)) return new BankFailedError(text, error)
  return new BankFailedError(text.replaceAll(sid, '…'))
}
