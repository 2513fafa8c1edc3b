import {
  BankTimeoutError,
  codeOf,
  type Failure,
  isNamed,
  isNotUp,
  nameAndCode,
  OperationError,
  safeCause,
  tlsAdvice,
} from '@sessionbank/databank-kit'

/** Temporary refusals. */
const TRANSIENT = namesOf('DocumentLocked DurableWriteInProgress DurableWriteReCommitInProgress TemporaryFailure')

/** Errors after which nothing was done. */
const REFUSALS = namesOf(
  'AuthenticationFailure BucketNotFound CasMismatch ClusterClosed CollectionNotFound DocumentExists DocumentNotFound ' +
    'DurabilityImpossible DurabilityLevelNotAvailable EncodingFailure FeatureNotAvailable IndexFailure InvalidArgument ' +
    'ParsingFailure PlanningFailure QuotaLimited RateLimited ScopeNotFound ServiceNotAvailable UnambiguousTimeout ' +
    'UnsupportedOperation ValueTooLarge',
)

const ADVICE: Record<string, string> = {
  AuthenticationFailureError: 'it refused the user or the password: check both, and the user’s rights on the bucket',
  BucketNotFoundError: 'there is no such bucket: check its name, or create it',
  CollectionNotFoundError: 'there is no such collection: check its name, or create it',
  DurabilityImpossibleError: 'it has too few nodes for this `durability`: choose a lower one',
  DurabilityLevelNotAvailableError: 'the bucket does not support this `durability`: choose a lower one',
  IndexFailureError: 'an index could not be created or read: see `indexStatements()`',
  ParsingFailureError:
    'it does not support this statement of SQL++: if it is older than 7.1, create the indexes yourself',
  PlanningFailureError: 'an index is missing: run the statements of `indexStatements()`, or set `createIndexes: true`',
  ScopeNotFoundError: 'there is no such scope: check its name, or create it',
  ServiceNotAvailableError: 'the cluster has no query service, which searching and listing need: add one',
  TemporaryFailureError: 'it is overloaded or warming up: try again',
  UnsupportedOperationError: 'it does not support scopes and collections: omit `scope` and `collection`',
  ValueTooLargeError: 'the record is larger than a document may be (20 MiB): make it smaller',
}

/** Replaces the kit's advice that names the option `tls`, which this driver does not have. */
const TLS_ADVICE: [RegExp, string][] = [
  [
    /SELF_SIGNED|UNABLE_TO|^CERT_(UNTRUSTED|SIGNATURE_FAILURE|REJECTED)|INVALID_CA/,
    'its certificate is not trusted: name its authority with `trust_certificate` in `url`',
  ],
  [/ALTNAME/, 'its certificate is of another host: check the host'],
  [
    /_ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/,
    'it refused the TLS handshake, and may require a client certificate: pass a `cluster` that has one',
  ],
]

export const isRefusal = (error: unknown) => isNamed(error, ...REFUSALS, ...TRANSIENT)

/** Describes how a call failed. Never quotes the client's message, which may contain keys and parameters. */
export function failureOf(error: unknown, timeout: number): Failure | BankTimeoutError {
  if (isNamed(error, 'UnambiguousTimeoutError')) return new BankTimeoutError(timeout)
  const cause = safeCause(error)
  if (isRefusal(error)) {
    const isTransient = isNamed(error, ...TRANSIENT)
    return { outcome: 'refused', message: `Couchbase failed the call: ${adviceOn(error)}`, isTransient, cause }
  }
  const message = `Couchbase did not report the outcome (${nameAndCode(error)}): read before you repeat a write`
  return { outcome: 'unknown', message, cause }
}

/** Returns the error for a call that needs an index which cannot be created. */
export function indexError(error: unknown, timeout: number): Error {
  const failure = failureOf(error, timeout)
  const instead = 'or set `createIndexes: false` and run `indexStatements()` yourself'
  if (isNamed(error, 'AmbiguousTimeoutError')) return new BankTimeoutError(timeout)
  if (failure instanceof Error) return failure
  return new OperationError(`Couchbase did not create an index: ${adviceOn(error)}; ${instead}`, failure.cause)
}

/** Returns true if the cluster may not be up yet. A bucket that does not open may be warming up. */
export function isStarting(error: unknown): boolean {
  return isNamed(error, ...TRANSIENT) || (error as Error).name.endsWith('TimeoutError') || isNotUp(codeOf(error))
}

/** Returns what to check if the bank cannot be opened, or null if the client got no answer. */
export function openingAdvice(error: unknown, isConnected: boolean): string | null {
  const known = adviceOnTls(codeOf(error))
  if (known !== undefined) return known
  if (!(error as Error).name.endsWith('TimeoutError')) return adviceOn(error)
  return isConnected ? 'it did not open the bucket: check bucket, scope and collection, and the user’s rights' : null
}

function adviceOnTls(code: string | number | undefined): string | undefined {
  if (code === 'ENOENT' || code === 'EACCES') return `the file of \`trust_certificate\` cannot be read (${code})`
  return TLS_ADVICE.find(([pattern]) => pattern.test(String(code)))?.[1] ?? tlsAdvice(code)
}

function adviceOn(error: unknown): string {
  const { name } = error as Error
  return `${ADVICE[name] ?? 'check the options and the server’s log'} (${nameAndCode(error)})`
}

function namesOf(classes: string): string[] {
  return classes.split(' ').map((name) => `${name}Error`)
}
