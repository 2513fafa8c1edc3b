import { OperationError, UnknownOutcomeError } from './errors.ts'

/** How a call failed. Contains no id, no content and no password. */
export interface Failure {
  /** `refused`: the database did nothing. `unsent`: it never got the call. `unknown`: the call may have been done. */
  outcome: 'refused' | 'unsent' | 'unknown'
  /** Says what failed, why, and what to do. */
  message: string
  /**
   * True if the call may succeed soon. It is retried until the deadline, unless it is a write that may have been done.
   */
  isTransient?: boolean
  /** The original error, if it contains no value. */
  cause?: Error | undefined
}

/** How the calls of a database are limited in time, and how their errors are converted. */
export interface CallsOptions {
  /** The database's name in messages: `"PostgreSQL"`. */
  database: string
  /** How long a call may take, in ms. */
  timeout: number
  /** Converts an error of a call to a Failure, or to the error that the caller gets. */
  failureOf(error: unknown): Failure | Error
}

/** Returns the error that the caller of a failed call gets. */
export function errorOf({ outcome, message, cause }: Failure, isSentWrite: boolean): Error {
  const isUnknown = outcome === 'unknown' && isSentWrite
  return isUnknown ? new UnknownOutcomeError(message, cause) : new OperationError(message, cause)
}
