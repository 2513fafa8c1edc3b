import { SessionbankError } from '@sessionbank/databank-kit'

/** An option, an argument or a URL that cannot be used. */
export class InvalidOptionError extends SessionbankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_OPTION', message)
  }
}

/** The package of the driver that a URL asks for is not installed. */
export class MissingDriverError extends SessionbankError {
  constructor(scheme: string, packageName: string) {
    super('SESSIONBANK_MISSING_DRIVER', `"${scheme}" needs the package ${packageName}: npm install ${packageName}`)
  }
}

/** A session id that no store keeps: not a string, empty, too long, or a name on `Object.prototype`. */
export class InvalidSessionIdError extends SessionbankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_SESSION_ID', message)
  }
}

/** A session that JSON cannot hold, or that uses a key of ours. What was stored stays. */
export class InvalidSessionError extends SessionbankError {
  constructor(message: string, options?: ErrorOptions) {
    super('SESSIONBANK_INVALID_SESSION', message, options?.cause)
  }
}

/** A session larger than `maxBytes`. What was stored stays. */
export class SessionTooLargeError extends SessionbankError {
  readonly bytes: number
  readonly maxBytes: number

  constructor(bytes: number, maxBytes: number) {
    super(
      'SESSIONBANK_SESSION_TOO_LARGE',
      `the session takes ${bytes} bytes of at most ${maxBytes}: keep large data elsewhere and its key in the session, or raise maxBytes`,
    )
    this.bytes = bytes
    this.maxBytes = maxBytes
  }
}

/** What the bank holds for a session is not a session. Emitted as `error`; the session counts as not found. */
export class CorruptRecordError extends SessionbankError {
  constructor() {
    super('SESSIONBANK_CORRUPT_RECORD', 'a stored session is not a JSON object and was ignored')
  }
}

/**
 * What the bank holds for a session has a form that this version does not know: a later one wrote it. Emitted as `error`;
 * the session counts as not found, and is never overwritten.
 */
export class UnreadableRecordError extends SessionbankError {
  constructor() {
    super(
      'SESSIONBANK_UNREADABLE',
      'a stored session has a form that this version cannot read, and was left as it is: update @sessionbank/* everywhere',
    )
  }
}

/** The bank has not been connected, or is disconnected already. */
export class BankNotConnectedError extends SessionbankError {
  constructor(cause?: unknown) {
    super(
      'SESSIONBANK_NOT_CONNECTED',
      'the bank is not connected: wait for bank.connect(), or open it with openDatabank(), before sessions are used',
      cause,
    )
  }
}

/** The function given to `update` took longer than `timeout`; nothing was written. */
export class SlowChangeError extends SessionbankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_SLOW_CHANGE',
      `the function given to update() took longer than ${timeout} ms and nothing was written: let it change the session and ` +
        'nothing else. A save, touch, destroy or update of the same session waits for it to end, so it must not wait for one',
    )
  }
}

/** The bank failed an operation; `cause` has the class, the code and the place of its own error. */
export class BankFailedError extends SessionbankError {
  /** @param error class and code of the bank's error */
  constructor(error: string, cause?: unknown) {
    super(
      'SESSIONBANK_BANK_FAILED',
      `the bank failed with ${error}: see its own log, as what it says may quote a session and is not shown`,
      cause,
    )
  }
}

/** Others kept changing the session until `timeout`; nothing was written. */
export class SessionConflictError extends SessionbankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_CONFLICT',
      `the session kept being changed by others for ${timeout} ms and was not written: try again`,
    )
  }
}
