import { OperationError, UnknownOutcomeError } from '@sessionbank/databank-kit'

/** SQLSTATEs with which the server ends a connection, or does not know itself what became of a statement. */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX)/

/** Serialization failure and deadlock: the statement was rolled back to let another one through. */
const ROLLED_BACK = new Set(['40001', '40P01'])

const ADVICE: Record<string, string> = {
  '25006': 'this server is read-only (a standby?); connect to the primary',
  '26000': 'a prepared statement is gone: behind PgBouncer in transaction mode, set `prepare: false`',
  '42P05': 'a prepared statement is there twice: behind PgBouncer in transaction mode, set `prepare: false`',
  '42501': 'the user needs SELECT, INSERT, UPDATE and DELETE on the table',
  '42703': 'the table is not of the form that this driver makes; see `tableDdl()`',
  '42P01': 'the table is not there: run the statements of `tableDdl()`, or connect with `createTable: true`',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left; lower `max`, or raise its max_connections',
}

/** A client that the driver cannot work with. */
export class UnfitClient extends Error {}

/** How a statement failed. Without a cause, its time was up. */
export class Failure {
  readonly cause: Error | undefined
  /** Whether it had been handed to a connection. */
  readonly sent: boolean

  constructor(cause: Error | undefined, { sent }: { sent: boolean }) {
    this.cause = withoutValues(cause)
    this.sent = sent
  }

  get code(): string {
    const { code } = (this.cause ?? {}) as { code?: unknown }
    return typeof code === 'string' ? code : ''
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
    return new OperationError(`${what} (${code || cause.message}); is it running?`, cause)
  }
  const advice = ADVICE[code] ?? cause.message
  return new OperationError(`PostgreSQL refused the statement: ${advice} (SQLSTATE ${code})`, cause)
}

/** The error of a statement that may have been done, unless it was not sent or is known to have been rolled back. */
export function lostAnswer(failure: Failure, timeout: number): OperationError | UnknownOutcomeError {
  if (!failure.sent || failure.rolledBack) return refusal(failure, timeout)
  const { cause, code } = failure
  const why = cause === undefined ? `no answer within ${timeout} ms` : `the connection broke: ${code || cause.message}`
  return new UnknownOutcomeError(
    `PostgreSQL may or may not have done the write (${why}); it was not sent again, so read before you repeat it`,
    cause,
  )
}

/** What the server tells beside its message may quote rows and parameters, ids and contents among them. */
function withoutValues<E extends Error | undefined>(error: E): E {
  if (!error) return error
  for (const name of ['detail', 'where', 'internalQuery']) Reflect.deleteProperty(error, name)
  return error
}
