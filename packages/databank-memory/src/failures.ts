import { type Failure, nameAndCode, OperationError, safeCause } from '@sessionbank/databank-kit'

/** Says how a call failed: V8 refuses a Map of more than 16 million entries, for instance. */
export function failureOf(error: unknown): Failure {
  const message = `the memory bank failed (${nameAndCode(error)}): it may hold too much, set \`maxRecords\` or \`maxTotalBytes\``
  return { outcome: 'refused', message, cause: safeCause(error) }
}

/** Returns the error of a record that is greater than all of the bank may be. */
export function tooLarge(bytes: number, limit: number): Error {
  return new OperationError(
    `a record of ${bytes} bytes was not written: \`maxTotalBytes\` of the memory bank is ${limit}, raise it`,
  )
}
