import { type Failure, nameAndCode, OperationError, safeCause } from '@sessionbank/databank-kit'

/** Describes why a call failed. For example, V8 throws if a Map gets more than 16 million entries. */
export function failureOf(error: unknown): Failure {
  const message = `the memory bank failed (${nameAndCode(error)}): it may be too full; set \`maxRecords\` or \`maxTotalBytes\``
  return { outcome: 'refused', message, cause: safeCause(error) }
}

/** Returns the error for a record that is larger than `maxTotalBytes`. */
export function tooLarge(bytes: number, limit: number): Error {
  return new OperationError(
    `a record of ${bytes} bytes was not written: \`maxTotalBytes\` of the memory bank is ${limit}; raise it`,
  )
}
