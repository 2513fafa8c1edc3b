import { DatabankError } from './databank.ts'

/** What the drivers of this project reject with. `code` is stable, the message is for people and holds no id or password. */
export class BankError extends DatabankError {
  readonly code: string
  override readonly cause?: unknown

  constructor(code: string, message: string, cause?: unknown) {
    super(message)
    Error.captureStackTrace?.(this, new.target)
    this.name = new.target.name
    this.code = code
    if (cause !== undefined) this.cause = cause
  }
}

/** A param of `Databank.get(driver, params)` or a URL that cannot be used. */
export class InvalidParamsError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_PARAMS', message)
  }
}

/** The database cannot be opened or reached with these params. */
export class ConnectError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_CONNECT_FAILED', message, cause)
  }
}

/** The database refused or failed an operation; nothing was changed. */
export class OperationError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_OPERATION_FAILED', message, cause)
  }
}

/** The connection was lost between a write and its answer: it may or may not have been done. It was not sent again. */
export class UnknownOutcomeError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_UNKNOWN_OUTCOME', message, cause)
  }
}

/** An id that this bank cannot keep. */
export class InvalidIdError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_ID', message)
  }
}

/** A value that is not JSON, coming from the caller or found in the bank. */
export class InvalidValueError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_INVALID_VALUE', message, cause)
  }
}

/** Others kept changing a value for so long that a read-modify-write gave up. */
export class ContentionError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_CONTENTION', message)
  }
}
