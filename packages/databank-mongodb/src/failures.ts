import {
  ConnectError,
  codeOf,
  type Failure,
  isNamed,
  isNotUp,
  nameAndCode,
  OperationError,
  safeCause,
  systemAdvice,
  tlsAdvice,
  UnknownOutcomeError,
} from '@sessionbank/databank-kit'

/** An error of the client. Its message is never shown, because it may quote an id or a whole document. */
interface ClientError extends Error {
  codeName?: unknown
  /** 0 if the server refused the whole command. */
  ok?: unknown
  /** True if the connection was not even opened. */
  beforeHandshake?: boolean
  /** The state of the servers, if none could be selected. */
  reason?: { servers?: ReadonlyMap<string, { type?: string; error?: Error | null }> } | undefined
}

/** Imitates the client's own error, which comes only at its timeout. */
export class NoServer extends Error {
  override readonly name = 'MongoServerSelectionError'
  readonly reason: ClientError['reason']

  constructor(reason: ClientError['reason']) {
    super('no server can be used over TLS')
    this.reason = reason
  }
}

/** Codes of a server that is not the primary and did nothing. */
const NOT_PRIMARY = new Set([10107, 13435])
/**
 * Codes of a server that steps down or shuts down, or a router that lost its shard: the outcome of a write is unknown.
 */
const INTERRUPTED = new Set([6, 7, 50, 64, 79, 89, 91, 189, 262, 9001, 11600, 11602])
const DUPLICATE_KEY = new Set([11000])

/** Errors of a client that found no server, or that is closed. After a failed first connect it stays closed. */
const UNREACHABLE = ['MongoServerSelectionError', 'MongoTopologyClosedError']
/** Errors of a client that failed before it had a connection. */
const NOT_SENT = [
  ...UNREACHABLE,
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoServerClosedError',
]

/** Fields of a server error that contain no values. */
export const SAFE_FIELDS = ['codeName']

const LOGIN = 'it refused the user or the password: check both, and `authSource`'
const CLOSED =
  'it closed the connection: check that it is MongoDB, and whether it requires TLS (`tls=true`) or a client certificate'

/** Advice by code of the server or the system, or by reason of {@link reasonOf}. */
const ADVICE: Record<string, string> = {
  13: 'the user may not do this: grant readWrite on the database, and check its name and `authSource`',
  18: LOGIN,
  85: 'an index of that name or on that field exists with other options',
  112: 'other writers kept changing the record: try again',
  121: 'the validator of the collection refuses the driver’s documents: change it',
  8000: LOGIN,
  10334: 'the record is larger than a document may be (16 MiB): make it smaller',
  11000: 'a unique index refuses the record',
  CLOSED,
  ECONNRESET: CLOSED,
  ENODATA: 'there is no SRV record for its host: check the host, or use mongodb:// instead of mongodb+srv://',
  ENOENT: 'a file or socket named in `url` does not exist: check the host, `tlsCAFile` and the like',
  ETIMEOUT: systemAdvice('EAI_AGAIN') as string,
  NO_PRIMARY: 'no server accepts writes: check `replicaSet`, and that it has a primary',
}

/**
 * Describes how a call failed.
 *
 * @param resends true for a client that resends writes: its "not sent" may be true only for the last attempt
 */
export function failureOf(error: unknown, resends: boolean): Failure {
  const cause = safeCause(error, ...SAFE_FIELDS)
  if (isRefusal(error)) {
    const message = `MongoDB refused the call: ${ADVICE[String(codeIn(error))] ?? 'see the code'} (${answerIn(error)})`
    return { outcome: 'refused', message, isTransient: isRefusal(error, NOT_PRIMARY), cause }
  }
  if (isUnfit(error) && !resends) {
    return {
      outcome: 'unsent',
      message: 'the record does not fit into a document of MongoDB (16 MiB): make it smaller',
    }
  }
  if (isUnsent(error as ClientError) && !resends) {
    const message = `MongoDB cannot be reached (${nameAndCode(error)}): check that it is running and has a primary`
    return { outcome: 'unsent', message, cause }
  }
  return { outcome: 'unknown', message: unsure(error), cause }
}

/** Returns the error for writes that the server may have done, or may roll back. */
export function unknownOutcome(error: unknown): UnknownOutcomeError {
  return new UnknownOutcomeError(unsure(error), safeCause(error, ...SAFE_FIELDS))
}

function unsure(error: unknown): string {
  return `MongoDB cannot be reached, or did not report the outcome (${nameAndCode(error)}): read before you repeat a write`
}

/** Returns true if the server refused a command and did nothing. If `codes` are given, only for these codes. */
export function isRefusal(error: unknown, codes?: ReadonlySet<number>): boolean {
  const isWholeBulk = isNamed(error, 'MongoBulkWriteError') && (error as ClientError).ok === 0
  if (!isWholeBulk && !isNamed(error, 'MongoServerError')) return false
  const code = Number(codeIn(error))
  return codes ? codes.has(code) : isDefinite(code)
}

/** Returns true if this code means that the server did nothing. */
export function isDefinite(code: number): boolean {
  return !INTERRUPTED.has(code)
}

/** Returns true if the id is taken or the app's own unique index refused the record. Not every server says which. */
export function isDuplicate(error: unknown): boolean {
  return isRefusal(error, DUPLICATE_KEY)
}

/** Returns true if the client could not encode the document, or it exceeds the client's buffer. */
export function isUnfit(error: unknown): boolean {
  return /^(BSON\w*|RangeError|MongoInvalidArgumentError)$/.test((error as Error).name)
}

export function isUnreachable(error: unknown): boolean {
  return isNamed(error, ...UNREACHABLE)
}

function isUnsent({ name, cause, beforeHandshake }: ClientError): boolean {
  const { syscall } = (cause ?? {}) as { syscall?: unknown }
  return beforeHandshake === true || syscall === 'connect' || syscall === 'getaddrinfo' || NOT_SENT.includes(name)
}

/** Returns the code and the name of a server error. */
export function answerIn(error: unknown): string {
  const { codeName } = error as ClientError
  return `${codeIn(error)}${typeof codeName === 'string' ? ` ${codeName}` : ''}`
}

/** Returns the error for a call that was not begun because an index could not be created. */
export function indexError(error: unknown): unknown {
  const { outcome, isTransient, cause } = failureOf(error, false)
  if (outcome !== 'refused' || isTransient) return error
  const what = codeIn(error) === 13 ? 'the user may not create indexes' : 'see the code'
  return new OperationError(
    `MongoDB refused to create an index: ${what} (${answerIn(error)}); grant the right, or set \`createIndexes: false\` and ` +
      'create the indexes yourself: see "Indexes" in docs/guides/mongodb.md of Sessionbank',
    cause,
  )
}

/** Returns what to check if the bank cannot be opened, or null if no server answered in time. */
export function adviceOn(error: unknown): string | null {
  const reason = isUnreachable(error) ? reasonOf(error as ClientError) : codeIn(error)
  if (reason === 'NO_ANSWER') return null
  const why = reason === undefined ? nameAndCode(error) : `code ${reason}`
  const known = ADVICE[String(reason)] ?? systemAdvice(reason)
  return known ?? `${why}: check \`url\`, TLS and \`replicaSet\`, and the server’s log`
}

/** Returns true if the database may not be up yet, or has no primary yet. */
export function isStarting(error: unknown): boolean {
  const reason = isUnreachable(error) ? reasonOf(error as ClientError) : codeIn(error)
  // The server's socket is missing: the server creates it when it starts.
  if (reason === 'ENOENT') return isUnreachable(error)
  if (typeof reason === 'number') return NOT_PRIMARY.has(reason) || INTERRUPTED.has(reason)
  return reason === 'CLOSED' || reason === 'NO_ANSWER' || reason === 'NO_PRIMARY' || isNotUp(reason)
}

/** Returns the error for an invalid URL. The client's message may quote the password, unless it names an option. */
export function unusableUrl(error: unknown): ConnectError {
  const option = /^options? [\w, ]+ (is|are) not supported$/.exec((error as Error).message)?.[0]
  return new ConnectError(`\`url\` cannot be used: ${option ?? 'check it, and percent-encode user and password'}`)
}

/** Returns true if TLS fails with every server, which the client's retries cannot change. */
export function isTlsFault(servers: ReadonlyMap<string, { error: Error | null }>): boolean {
  const errors = [...servers.values()].map(({ error }) => error)
  return errors.length > 0 && errors.every((error) => tlsAdvice(codeIn(error)) !== undefined)
}

/** Returns why the first failed server failed. */
function reasonOf({ reason }: ClientError): string | number {
  const servers = [...(reason?.servers?.values() ?? [])]
  const code = servers.map(({ error }) => codeIn(error)).find((each) => each !== undefined)
  if (code !== undefined) return code
  // A timeout has another name, MongoNetworkTimeoutError.
  if (servers.some(({ error }) => isNamed(error, 'MongoNetworkError'))) return 'CLOSED'
  return servers.some(({ type }) => type !== 'Unknown') ? 'NO_PRIMARY' : 'NO_ANSWER'
}

/** Returns the code of an error or of its cause. */
function codeIn(error: unknown): number | string | undefined {
  return codeOf(error) ?? codeOf((error as Error | null | undefined)?.cause)
}
