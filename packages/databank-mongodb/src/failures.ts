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

/** An error of the client. It is never shown: what the server says may quote an id or a whole document. */
interface ClientError extends Error {
  codeName?: unknown
  /** 0 if the server refused the whole command. */
  ok?: unknown
  /** True if the connection was not even opened. */
  beforeHandshake?: boolean
  /** What the client knows of its servers, if it found none to send to. */
  reason?: { servers?: ReadonlyMap<string, { type?: string; error?: Error | null }> } | undefined
}

/** Has the name and reason of the client's own error, which comes only when its time is up. */
export class NoServer extends Error {
  override readonly name = 'MongoServerSelectionError'
  readonly reason: ClientError['reason']

  constructor(reason: ClientError['reason']) {
    super('no server can be used over TLS')
    this.reason = reason
  }
}

/** The server is not the primary, and did nothing. */
const NOT_PRIMARY = new Set([10107, 13435])
/** A server that steps down or shuts down, and a router that lost its shard, do not say how far a write came. */
const INTERRUPTED = new Set([6, 7, 50, 64, 79, 89, 91, 189, 262, 9001, 11600, 11602])
const DUPLICATE_KEY = new Set([11000])

/** The client knew no server to send to, or has given up: one whose first connect failed stays closed. */
const UNREACHABLE = ['MongoServerSelectionError', 'MongoTopologyClosedError']
/** The client failed before it had a connection to send anything on. */
const NOT_SENT = [
  ...UNREACHABLE,
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoServerClosedError',
]

/** What the server tells of an error besides values. */
export const SAFE_FIELDS = ['codeName']

const LOGIN = 'it refused the user or the password: check both, and `authSource`'
const CLOSED =
  'it closed the connection: check that it is MongoDB, and whether it wants TLS (`tls=true`) or a client certificate'

/** What to say of a code of the server, of the system, or of a reason of {@link reasonOf}. */
const ADVICE: Record<string, string> = {
  13: 'the user may not do this: grant readWrite on the database, and check its name and `authSource`',
  18: LOGIN,
  85: 'there is an index of that name or on that field with other options',
  112: 'another writer was faster, again and again',
  121: 'the collection has a validator that refuses the driver’s documents',
  8000: LOGIN,
  10334: 'the record is larger than a document may be (16 MiB)',
  11000: 'a unique index refuses the record',
  CLOSED,
  ECONNRESET: CLOSED,
  ENODATA: 'there is no SRV record for its host: check the host, or use mongodb:// instead of mongodb+srv://',
  ENOENT: 'a file or socket that `url` names is not there: check the host, and `tlsCAFile` and its like',
  ETIMEOUT: systemAdvice('EAI_AGAIN') as string,
  NO_PRIMARY: 'no server can be written to: check `replicaSet`, and that it has a primary',
}

/**
 * Says how a call failed.
 *
 * @param resends true for a client that sends a write again by itself: "not sent" then says nothing of the first time
 */
export function failureOf(error: unknown, resends: boolean): Failure {
  const cause = safeCause(error, ...SAFE_FIELDS)
  if (isRefusal(error)) {
    const message = `MongoDB refused the call: ${ADVICE[String(codeIn(error))] ?? 'see the code'} (${answerIn(error)})`
    return { outcome: 'refused', message, isTransient: isRefusal(error, NOT_PRIMARY), cause }
  }
  if (isUnfit(error) && !resends) {
    return { outcome: 'unsent', message: 'the record does not fit into a document of MongoDB (16 MiB)' }
  }
  if (isUnsent(error as ClientError) && !resends) {
    const message = `MongoDB cannot be reached (${nameAndCode(error)}); is it running, and does it have a primary?`
    return { outcome: 'unsent', message, cause }
  }
  return { outcome: 'unknown', message: unsure(error), cause }
}

/** Returns the error of writes that the server may have done, or may undo. */
export function unknownOutcome(error: unknown): UnknownOutcomeError {
  return new UnknownOutcomeError(unsure(error), safeCause(error, ...SAFE_FIELDS))
}

function unsure(error: unknown): string {
  return `MongoDB cannot be reached, or did not say how far it came (${nameAndCode(error)}): read before you repeat a write`
}

/** Returns whether the server refused a command, with one of these codes if there are any, and did nothing. */
export function isRefusal(error: unknown, codes?: ReadonlySet<number>): boolean {
  const isWholeBulk = isNamed(error, 'MongoBulkWriteError') && (error as ClientError).ok === 0
  if (!isWholeBulk && !isNamed(error, 'MongoServerError')) return false
  const code = Number(codeIn(error))
  return codes ? codes.has(code) : isDefinite(code)
}

/** Returns whether a server that answers with this code did nothing. */
export function isDefinite(code: number): boolean {
  return !INTERRUPTED.has(code)
}

/** Returns whether the id is taken, or a unique index of the app's refused the record: not every server says which. */
export function isDuplicate(error: unknown): boolean {
  return isRefusal(error, DUPLICATE_KEY)
}

/** Returns whether the document could not even be made, or is too large for the client's buffer. */
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

/** Returns how the server calls its error: its number and name. */
export function answerIn(error: unknown): string {
  const { codeName } = error as ClientError
  return `${codeIn(error)}${typeof codeName === 'string' ? ` ${codeName}` : ''}`
}

/** Returns the error of a write whose index could not be made: it was not begun. */
export function indexError(error: unknown): unknown {
  const { outcome, isTransient, cause } = failureOf(error, false)
  if (outcome !== 'refused' || isTransient) return error
  const what = codeIn(error) === 13 ? 'the user may not make indexes' : 'see the code'
  return new OperationError(
    `MongoDB refused to make an index: ${what} (${answerIn(error)}); grant the right, or set \`createIndexes: false\` and ` +
      'create the indexes yourself: see "Indexes" in docs/guides/mongodb.md of Sessionbank',
    cause,
  )
}

/** Returns what to check if the bank cannot be opened; null if no server answered in time. */
export function adviceOn(error: unknown): string | null {
  const reason = isUnreachable(error) ? reasonOf(error as ClientError) : codeIn(error)
  if (reason === 'NO_ANSWER') return null
  const why = reason === undefined ? nameAndCode(error) : `code ${reason}`
  const known = ADVICE[String(reason)] ?? systemAdvice(reason)
  return known ?? `${why}: check \`url\`, TLS and \`replicaSet\`, and the server’s log`
}

/** Returns whether the database may only not be up yet, or has no primary yet. */
export function isStarting(error: unknown): boolean {
  const reason = isUnreachable(error) ? reasonOf(error as ClientError) : codeIn(error)
  // A socket in the file system comes with the server.
  if (reason === 'ENOENT') return isUnreachable(error)
  if (typeof reason === 'number') return NOT_PRIMARY.has(reason) || INTERRUPTED.has(reason)
  return reason === 'CLOSED' || reason === 'NO_ANSWER' || reason === 'NO_PRIMARY' || isNotUp(reason)
}

/** The client quotes what it cannot read of a URL, which may be part of the password; the names of options are safe. */
export function unusableUrl(error: unknown): ConnectError {
  const option = /^options? [\w, ]+ (is|are) not supported$/.exec((error as Error).message)?.[0]
  return new ConnectError(`\`url\` cannot be used: ${option ?? 'check it, and percent-encode user and password'}`)
}

/** Returns whether no server can be used over TLS: the client looks for them again, but the fault does not go away. */
export function isTlsFault(servers: ReadonlyMap<string, { error: Error | null }>): boolean {
  const errors = [...servers.values()].map(({ error }) => error)
  return errors.length > 0 && errors.every((error) => tlsAdvice(codeIn(error)) !== undefined)
}

/** Returns why the first of the servers that failed did so. */
function reasonOf({ reason }: ClientError): string | number {
  const servers = [...(reason?.servers?.values() ?? [])]
  const code = servers.map(({ error }) => codeIn(error)).find((each) => each !== undefined)
  if (code !== undefined) return code
  // One without an answer in time has another name, MongoNetworkTimeoutError.
  if (servers.some(({ error }) => isNamed(error, 'MongoNetworkError'))) return 'CLOSED'
  return servers.some(({ type }) => type !== 'Unknown') ? 'NO_PRIMARY' : 'NO_ANSWER'
}

/** Returns the code of an error, or of its cause. */
function codeIn(error: unknown): number | string | undefined {
  return codeOf(error) ?? codeOf((error as Error | null | undefined)?.cause)
}
