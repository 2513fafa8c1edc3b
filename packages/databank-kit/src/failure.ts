import { OperationError, UnknownOutcomeError } from './errors.ts'

/** How a call failed, in words that hold no id, no content and no password. */
export interface Failure {
  /** `refused`: the database did nothing. `unsent`: it never got the call. `unknown`: it may have done it. */
  outcome: 'refused' | 'unsent' | 'unknown'
  /** What failed, why, and what to do. */
  message: string
  /** True if the same call may succeed soon: it is sent again until the deadline, unless it is a write that may be done. */
  isTransient?: boolean
  /** Only an error that holds no value. */
  cause?: Error | undefined
}

/** How the calls of a database are bounded and how their failures are told. */
export interface CallsOptions {
  /** The database, as messages name it: `"PostgreSQL"`. */
  database: string
  /** How long a call may take, in ms. */
  timeout: number
  /** Says how a call failed that ended with this error; or returns what its caller gets. */
  failureOf(error: unknown): Failure | Error
}

/** Returns what the caller of a call gets that failed so. */
export function errorOf({ outcome, message, cause }: Failure, isSentWrite: boolean): Error {
  const isUnknown = outcome === 'unknown' && isSentWrite
  return isUnknown ? new UnknownOutcomeError(message, cause) : new OperationError(message, cause)
}
