import { codeOf, type Failure, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'

/** An error of the client. It is never shown: what the server says may quote an id or a whole document. */
export interface ClientError extends Error {
  codeName?: unknown
  keyPattern?: object
  /** True if the connection was not even opened. */
  beforeHandshake?: boolean
  reason?: { servers?: Map<string, ServerState> }
}

/** What the client knows of a server. */
export interface ServerState {
  type?: string
  error?: (Error & { cause?: unknown }) | null
}

/** The server is not the primary, and did nothing. */
const NOT_PRIMARY = new Set([10107, 13435])

/** A server that steps down or shuts down, and a router that lost its shard, do not say how far a write came. */
const INTERRUPTED = new Set([6, 7, 50, 64, 79, 89, 91, 189, 262, 9001, 11600, 11602])

/** The client failed before it had a connection to send anything on. */
const NOT_SENT = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
])

const DUPLICATE_KEY = 11000

const ADVICE: Record<number, string> = {
  13: 'the user needs to read and to write this database',
  18: 'it refused the user or the password',
  85: 'there is an index of that name or on that field with other options',
  112: 'another writer was faster, again and again',
  121: 'the collection has a validator that refuses the driver’s documents',
  [DUPLICATE_KEY]: 'a unique index refuses the record',
  10334: 'the record is larger than a document may be (16 MiB)',
}

/**
 * Says how a call failed.
 *
 * @param resends true for a client that sends a write again by itself: "not sent" then says nothing of the first time
 */
export function failureOf(error: unknown, resends: boolean): Failure {
  const cause = safeCause(error, 'codeName')
  const code = codeIn(error)
  // An error of a bulk is one of the server if it refused the whole command.
  const isBulk = isA(error, 'MongoBulkWriteError') && (error as { ok?: unknown }).ok !== 0
  const isUnsure = isBulk || isA(error, 'MongoWriteConcernError')
  if (isAnswer(error) && !isUnsure && isDefinite(code)) {
    const message = `MongoDB refused the call: ${ADVICE[Number(code)] ?? 'see the code'} (${answerIn(error)})`
    return { outcome: 'refused', message, isTransient: NOT_PRIMARY.has(Number(code)), cause }
  }
  const { name } = error as Error
  if (isUnfit(error) && !resends) {
    return { outcome: 'unsent', message: 'the record does not fit into a document of MongoDB (16 MiB)' }
  }
  if (isUnsent(error as ClientError) && !resends) {
    const message = `MongoDB cannot be reached (${name}); is it running, and does it have a primary?`
    return { outcome: 'unsent', message, cause }
  }
  return { outcome: 'unknown', message: unsureMessage(error), cause }
}

/** Returns whether a server that answers with this code did nothing. */
export function isDefinite(code: unknown): boolean {
  return !INTERRUPTED.has(Number(code))
}

function unsureMessage(error: unknown): string {
  const why = isAnswer(error) ? answerIn(error) : (error as Error).name
  return `MongoDB cannot be reached, or did not say how far it came (${why}): read before you repeat a write`
}

/** Returns whether the document could not even be made, or is too large for the client's buffer. */
export function isUnfit(error: unknown): boolean {
  return /^BSON|^RangeError$|^MongoInvalidArgumentError$/.test((error as Error).name)
}

function isUnsent({ name, cause, beforeHandshake }: ClientError): boolean {
  const { syscall } = (cause ?? {}) as { syscall?: unknown }
  return beforeHandshake === true || syscall === 'connect' || syscall === 'getaddrinfo' || NOT_SENT.has(name)
}

/** Returns whether the client knew no server to send to, or has given up: one whose first connect failed stays closed. */
export function isUnreachable(error: unknown): boolean {
  return isA(error, 'MongoServerSelectionError') || isA(error, 'MongoTopologyClosedError')
}

/** Returns whether no connection of the pool became free in time: nothing was sent. */
export function isPoolBusy(error: unknown): boolean {
  // Its class has another name.
  return (error as Error | null)?.name === 'MongoWaitQueueTimeoutError'
}

/** Returns whether the server refused a command with one of these codes. */
export function isRefusal(error: unknown, codes: ReadonlySet<number>): boolean {
  return isAnswer(error) && codes.has(Number(codeIn(error)))
}

/** Returns the client's own error of a whole bulk of writes, which it wraps. */
export function wholeOf(error: unknown): unknown {
  const { errorResponse } = error as { errorResponse?: unknown }
  return errorResponse instanceof Error ? errorResponse : error
}

/** Returns the error of writes that the server may have done, or may undo. */
export function unknownOutcome(error: unknown): UnknownOutcomeError {
  return new UnknownOutcomeError(unsureMessage(error), safeCause(error, 'codeName'))
}

/** Returns which index refused a record; `null` if the server does not say, and undefined if that is not what happened. */
export function duplicateIn(error: unknown): 'id' | 'other' | null | undefined {
  if (codeIn(error) !== DUPLICATE_KEY) return undefined
  const { keyPattern, message } = error as ClientError
  if (keyPattern) return Object.hasOwn(keyPattern, '_id') ? 'id' : 'other'
  // The key, which follows, may hold any text.
  const [beforeKey = ''] = message.split(' dup key', 1)
  const index = / index: (?:\S*\$)?(\S+)$/.exec(beforeKey)?.[1]
  return index === undefined ? null : index === '_id_' ? 'id' : 'other'
}

/** Returns what the write gets whose index could not be made: it was not begun. */
export function indexError(error: unknown): unknown {
  const { outcome, isTransient, cause } = failureOf(error, false)
  if (outcome !== 'refused' || isTransient) return error
  const what = codeIn(error) === 13 ? 'the user may not make indexes' : 'see the code'
  return new OperationError(
    `MongoDB refused to make an index: ${what} (${answerIn(error)}); grant the right, or set \`createIndexes: false\` and ` +
      'make the indexes of the README yourself',
    cause,
  )
}

/** Returns the code of an error, or of its cause. */
export function codeIn(error: unknown): number | string | undefined {
  return codeOf(error) ?? codeOf((error as Error | null | undefined)?.cause)
}

/** Returns how the server calls its error, and its number. */
export function answerIn(error: unknown): string {
  const { codeName } = error as ClientError
  return `${codeIn(error)}${typeof codeName === 'string' ? ` ${codeName}` : ''}`
}

export function isAnswer(error: unknown): boolean {
  return isA(error, 'MongoServerError')
}

/** Returns whether an error is of a class, by name: the app may hand in a client of another copy of the package. */
export function isA(error: unknown, name: string): boolean {
  for (let type = error; type; type = Object.getPrototypeOf(type)) {
    if ((type as object).constructor?.name === name) return true
  }
  return false
}
