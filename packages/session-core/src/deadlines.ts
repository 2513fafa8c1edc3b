import { Deadlines } from '@sessionbank/databank-kit'
import { BankTimeoutError } from './errors.ts'

/** By when a bank has to answer. */
export function deadlinesOf(timeout: number): Deadlines {
  return new Deadlines(timeout, () => new BankTimeoutError(timeout))
}
