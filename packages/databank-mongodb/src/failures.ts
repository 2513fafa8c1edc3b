import { BankError, codeOf, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'

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
  'MongoInvalidArgumentError',
])

const ADVICE: Record<number, string> = {
  13: 'the user needs to read and to write this database',
  18: 'it refused the user or the password',
  85: 'there is an index of that name or on that field with other options',
  112: 'another writer was faster, again and again',
  121: 'the collection has a validator that refuses the driver’s documents',
  11000: 'a unique index refuses the record',
  10334: 'the record is larger than a document may be (16 MiB)',
}

/** How a call failed. Without a cause, its time was up. */
export class Failure {
  /** Never to be shown: what the server says may quote an id or a whole document. */
  readonly cause: (Error & { code?: unknown; codeName?: unknown }) | undefined
  /** Whether the client may have sent the call before, so that "not sent" says nothing of the first time. */
  readonly #resent: boolean

  constructor(cause: unknown, { resent }: { resent: boolean }) {
    this.cause = cause as Error | undefined
    this.#resent = resent
  }

  get code(): number | string | undefined {
    return codeOf(this.cause) ?? codeOf(this.cause?.cause)
  }

  /** What may be shown of the cause. */
  get safeCause(): Error | undefined {
    return safeCause(this.cause, 'codeName')
  }

  /** How the server calls its error, and its number. */
  get answer(): string {
    const name = this.cause?.codeName
    return `${this.code}${typeof name === 'string' ? ` ${name}` : ''}`
  }

  /** The server itself answered. */
  get answered(): boolean {
    return isA(this.cause, 'MongoServerError')
  }

  get notPrimary(): boolean {
    return this.answered && NOT_PRIMARY.has(Number(this.code))
  }

  /** The client knew no server to send it to, or has given up for good: one whose first connect failed stays closed. */
  get unreachable(): boolean {
    return isA(this.cause, 'MongoServerSelectionError') || isA(this.cause, 'MongoTopologyClosedError')
  }

  /** Nothing was changed, whatever else happened. */
  get undone(): boolean {
    if (!this.cause || isA(this.cause, 'MongoWriteConcernError')) return false
    if (this.answered) return !INTERRUPTED.has(Number(this.code))
    if (this.#resent) return false
    const reason = this.cause.cause as { syscall?: unknown } | undefined
    if (reason?.syscall === 'connect' || reason?.syscall === 'getaddrinfo') return true
    return NOT_SENT.has(this.cause.name) || this.unfit
  }

  /** The document could not even be made, or is too large for the client's buffer. */
  get unfit(): boolean {
    return /^BSON|^RangeError$/.test(this.cause?.name ?? '')
  }
}

/** The error of a call that changed nothing. */
export function refusal(failure: Failure, timeout: number): Error {
  const { cause, code } = failure
  if (cause instanceof BankError) return cause
  if (cause === undefined) return new OperationError(`no answer from MongoDB within ${timeout} ms; is it overloaded?`)
  if (failure.answered) {
    const what = ADVICE[Number(code)] ?? 'see the code'
    return new OperationError(`MongoDB refused the call: ${what} (${failure.answer})`, failure.safeCause)
  }
  if (failure.unfit) return new OperationError('the record does not fit into a document of MongoDB (16 MiB)')
  return new OperationError(
    `MongoDB cannot be reached (${cause.name}); is it running, and does it have a primary?`,
    failure.safeCause,
  )
}

/** The error of indexes that could not be made: the call that needed them was not begun. */
export function indexRefusal(failure: Failure, timeout: number): Error {
  if (!failure.answered) return refusal(failure, timeout)
  const what = Number(failure.code) === 13 ? 'the user may not make indexes' : 'see the code'
  return new OperationError(
    `MongoDB refused to make an index: ${what} (${failure.answer}); grant the right, or set \`createIndexes: false\` and make ` +
      'the indexes of the README yourself',
    failure.safeCause,
  )
}

/** The error of a call that may have been done, unless it is known that it was not. */
export function lostAnswer(failure: Failure, timeout: number): Error {
  const { cause } = failure
  if (cause instanceof BankError || failure.undone) return refusal(failure, timeout)
  const why = cause === undefined ? `no answer within ${timeout} ms` : cause.name
  return new UnknownOutcomeError(
    `MongoDB may or may not have done the write (${why}); it was not sent again, so read before you repeat it`,
    failure.safeCause,
  )
}

/** By name: the app may hand in a client of another copy of the package. */
export function isA(error: unknown, name: string): boolean {
  for (let type = error; type; type = Object.getPrototypeOf(type)) {
    if ((type as object).constructor?.name === name) return true
  }
  return false
}
