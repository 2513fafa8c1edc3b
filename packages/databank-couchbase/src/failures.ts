import { BankError, nameAndCode, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'

/** The client or the server says that nothing was done. */
const REFUSALS = new Set([
  'AuthenticationFailureError',
  'BucketNotFoundError',
  'CasMismatchError',
  'ClusterClosedError',
  'CollectionNotFoundError',
  'DocumentExistsError',
  'DocumentLockedError',
  'DocumentNotFoundError',
  'DurabilityImpossibleError',
  'DurabilityLevelNotAvailableError',
  'DurableWriteInProgressError',
  'DurableWriteReCommitInProgressError',
  'EncodingFailureError',
  'FeatureNotAvailableError',
  'InvalidArgumentError',
  'QuotaLimitedError',
  'RateLimitedError',
  'ScopeNotFoundError',
  'ServiceNotAvailableError',
  'TemporaryFailureError',
  'UnambiguousTimeoutError',
  'UnsupportedOperationError',
  'ValueTooLargeError',
])

const ADVICE: Record<string, string> = {
  AuthenticationFailureError: 'the user may not do this in this bucket',
  BucketNotFoundError: 'there is no such bucket',
  CollectionNotFoundError: 'there is no such collection',
  DurabilityImpossibleError: 'it has too few nodes for this `durability`',
  DurabilityLevelNotAvailableError: 'the bucket does not know this `durability`',
  IndexFailureError: 'an index could not be made or read; see `indexStatements()`',
  ParsingFailureError: 'it does not know these words of SQL++; it is older than 7.1, so make the indexes yourself',
  PlanningFailureError: 'an index is missing: run the statements of `indexStatements()`, or leave `createIndexes` true',
  ScopeNotFoundError: 'there is no such scope',
  ServiceNotAvailableError: 'the cluster has no query service, which search and listing need',
  TemporaryFailureError: 'it is overloaded or warming up; try again',
  UnambiguousTimeoutError: 'no answer in time; is it running?',
  ValueTooLargeError: 'the record is larger than a document may be (20 MiB)',
}

/** How a call failed. Without a cause, its time was up. */
export interface Failure {
  cause: Error | undefined
  /** Whether a write of it may have reached the server. */
  sent: boolean
}

/** The error of a call that changed nothing. What the client tells beside its class quotes keys and parameters. */
export function refusal({ cause }: Failure, timeout: number): Error {
  if (cause instanceof BankError) return cause
  if (cause === undefined) return new OperationError(`no answer from Couchbase within ${timeout} ms; is it running?`)
  return new OperationError(
    `Couchbase failed the call: ${ADVICE[cause.name] ?? 'see the name'} (${nameAndCode(cause)})`,
    safeCause(cause),
  )
}

/** The error of indexes that could not be made: the call that needed them was not begun. */
export function indexRefusal({ cause, sent }: Failure, timeout: number): Error {
  if (cause === undefined || cause instanceof BankError) return refusal({ cause, sent }, timeout)
  return new OperationError(
    `Couchbase did not make an index: ${ADVICE[cause.name] ?? 'see the name'} (${nameAndCode(cause)}); or set ` +
      '`createIndexes: false` and run `indexStatements()` yourself',
    safeCause(cause),
  )
}

/** The error of a call that may have been done, unless it is known that it was not. */
export function lostAnswer(failure: Failure, timeout: number): Error {
  const { cause, sent } = failure
  if (!sent || cause instanceof BankError || (cause && REFUSALS.has(cause.name))) return refusal(failure, timeout)
  const why = cause === undefined ? `no answer within ${timeout} ms` : nameAndCode(cause)
  return new UnknownOutcomeError(
    `Couchbase may or may not have done the write (${why}); it was not sent again, so read before you repeat it`,
    safeCause(cause),
  )
}

/** By name: the app may hand in a cluster of another copy of the package. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return names.includes((error as Error | null)?.name ?? '')
}
