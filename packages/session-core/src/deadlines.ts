import { Deadlines, type DeadlinesOptions } from '@sessionbank/databank-kit'
import { BankTimeoutError } from './errors.ts'

/** By when a bank has to answer. */
export function deadlinesOf(timeout: number, options?: DeadlinesOptions): Deadlines {
  return new Deadlines(timeout, () => new BankTimeoutError(timeout), options)
}
