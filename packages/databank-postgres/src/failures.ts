import { codeOf, nameAndCode, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'

/** SQLSTATEs with which the server ends a connection, or does not know itself what became of a statement. */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX)/

/** Serialization failure and deadlock: the statement was rolled back to let another one through. */
const ROLLED_BACK = new Set(['40001', '40P01'])

/** What the server tells of a refusal besides values: names of its schema, and places in its code. */
const SAFE_FIELDS = [
  'severity',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'position',
  'routine',
  'file',
  'line',
]

const NOT_THE_FORM = 'the table is not of the form that this driver makes; see `tableDdl()`'

/** By SQLSTATE, or by its class: the first two characters. */
const ADVICE: Record<string, string> = {
  '22': NOT_THE_FORM,
  '23': 'a constraint of the table refuses the record',
  '42': NOT_THE_FORM,
  '54': 'the record is beyond a limit of the server',
  '25006': 'this server is read-only (a standby?); connect to the primary',
  '26000': 'a prepared statement is gone: behind PgBouncer in transaction mode, set `prepare: false`',
  '42P05': 'a prepared statement is there twice: behind PgBouncer in transaction mode, set `prepare: false`',
  '42501': 'the user needs SELECT, INSERT, UPDATE and DELETE on the table',
  '42P01': 'the table is not there: run the statements of `tableDdl()`, or connect with `createTable: true`',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left; lower `max`, or raise its max_connections',
}

/** A client that the driver cannot work with. */
export class UnfitClient extends Error {}

/** How a statement failed. Without a cause, its time was up. */
export class Failure {
  /** Never to be shown: it may quote ids and contents. */
  readonly cause: Error | undefined
  /** Whether it had been handed to a connection. */
  readonly sent: boolean

  constructor(cause: Error | undefined, { sent }: { sent: boolean }) {
    this.cause = cause
    this.sent = sent
  }

  get code(): string {
    return String(codeOf(this.cause) ?? '')
  }

  /** What may be shown of the cause. */
  get safeCause(): Error | undefined {
    return safeCause(this.cause, ...SAFE_FIELDS)
  }

  /** The server itself answered, and rolled the statement back. */
  get rolledBack(): boolean {
    return /^[0-9A-Z]{5}$/.test(this.code) && !CONNECTION_LOST.test(this.code)
  }

  get connectionLost(): boolean {
    return this.cause !== undefined && !this.rolledBack
  }
}

/** Whether the server asks for another try. */
export function retriable(failure: Failure): boolean {
  return ROLLED_BACK.has(failure.code)
}

/** The error of a statement that changed nothing. */
export function refusal(failure: Failure, timeout: number): OperationError {
  const { cause, code } = failure
  if (cause === undefined) {
    const where = failure.sent ? 'no answer from PostgreSQL' : 'no free connection to PostgreSQL'
    return new OperationError(`${where} within ${timeout} ms; is it overloaded, or \`max\` too small?`)
  }
  if (!failure.rolledBack) {
    const what = failure.sent ? 'the connection to PostgreSQL broke' : 'PostgreSQL cannot be reached'
    return new OperationError(`${what} (${whyLost(cause)}); is it running?`, failure.safeCause)
  }
  const advice = ADVICE[code] ?? ADVICE[code.slice(0, 2)] ?? 'see its log for the reason'
  return new OperationError(
    `PostgreSQL refused the statement: ${advice} (SQLSTATE ${code}${placeOf(cause)})`,
    failure.safeCause,
  )
}

/** The error of a statement that may have been done, unless it was not sent or is known to have been rolled back. */
export function lostAnswer(failure: Failure, timeout: number): OperationError | UnknownOutcomeError {
  if (!failure.sent || failure.rolledBack) return refusal(failure, timeout)
  const { cause } = failure
  const why = cause === undefined ? `no answer within ${timeout} ms` : `the connection broke: ${whyLost(cause)}`
  return new UnknownOutcomeError(
    `PostgreSQL may or may not have done the write (${why}); it was not sent again, so read before you repeat it`,
    failure.safeCause,
  )
}

/** The errors of this driver, and what pg says by itself without a code. */
const OWN_WORDS = [
  /^\d+ of \d+ statements were answered; does this version of pg work here\?$/,
  /^Cannot use a pool after calling end on the pool$/,
  /^Connection terminated( unexpectedly| due to connection timeout)?$/,
  /^timeout exceeded when trying to connect$/,
  /^Client (has encountered a connection error|was closed) and is not queryable$/,
]

function whyLost(cause: Error): string {
  return OWN_WORDS.some((words) => words.test(cause.message)) ? cause.message : nameAndCode(cause)
}

/** Which constraint or column of the table it was, where the server says so. */
function placeOf(cause: Error): string {
  const { constraint, column } = cause as { constraint?: unknown; column?: unknown }
  if (typeof constraint === 'string') return `, constraint "${constraint}"`
  return typeof column === 'string' ? `, column "${column}"` : ''
}
