import { SessionbankError } from '@sessionbank/databank-kit'

export { ConflictError, InvalidOptionError } from '@sessionbank/databank-kit'

/**
 * The package of the driver that a URL asks for is not installed, or cannot be loaded by its name from a bundle.
 * Code: `SESSIONBANK_MISSING_DRIVER`.
 */
export class MissingDriverError extends SessionbankError {
  constructor(scheme: string, packageName: string, className: string, isBundled: boolean) {
    const open = `import { ${className} } from "${packageName}" and call ${className}.open() instead of openDatabank()`
    const message = isBundled
      ? `"${scheme}" needs the package ${packageName}, which a bundle cannot load by its name: ${open}`
      : `"${scheme}" needs the package ${packageName}: npm install ${packageName}. If a build has left it out, ${open}`
    super('SESSIONBANK_MISSING_DRIVER', message)
  }
}

/**
 * A session id that no store keeps: not a string, empty, too long, or a name on `Object.prototype`.
 * Code: `SESSIONBANK_INVALID_SESSION_ID`.
 */
export class InvalidSessionIdError extends SessionbankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_SESSION_ID', message)
  }
}

/**
 * A session that JSON cannot hold, or that uses a key of ours. What was stored stays.
 * Code: `SESSIONBANK_INVALID_SESSION`.
 */
export class InvalidSessionError extends SessionbankError {
  /** Private, as logs show all other properties, and an app may name a key by what a user has told it. */
  readonly #key: string | undefined

  constructor(message: string, { cause, key }: { cause?: unknown; key?: string | undefined } = {}) {
    super('SESSIONBANK_INVALID_SESSION', message, cause)
    this.#key = key
  }

  /** The key of the session that cannot be stored; undefined if it is none, or all. */
  get key(): string | undefined {
    return this.#key
  }
}

/** A session larger than `maxBytes`. What was stored stays. Code: `SESSIONBANK_TOO_LARGE`. */
export class SessionTooLargeError extends SessionbankError {
  /** The size of the session as JSON, in bytes. */
  readonly bytes: number
  /** The limit: the option `maxBytes` of the store. */
  readonly maxBytes: number

  constructor(bytes: number, maxBytes: number) {
    super(
      'SESSIONBANK_TOO_LARGE',
      `the session takes ${bytes} bytes of at most ${maxBytes}: keep large data elsewhere and its key in the session, or raise maxBytes`,
    )
    this.bytes = bytes
    this.maxBytes = maxBytes
  }
}

/** Why a stored record is no session that this version can read. */
const UNREADABLE = {
  damaged: 'a stored session is not a JSON object and counts as not found: the next login replaces it',
  deep: 'a stored session has more levels than any that is saved and counts as not found: the next login replaces it',
  unknown:
    'a stored session has a form that this version cannot read, and was left as it is: update @sessionbank/* everywhere',
  noKeys:
    'a stored session is sealed, and was left as it is: give this store the option `encryption` with the key that sealed it',
  sealed:
    'a stored session does not open and was left as it is: it was sealed with a key that is not among `encryption.keys`, or ' +
    'changed or moved since',
  plain:
    'a stored session is not sealed and was left as it is, since `encryption.plain` is false: set it to true until all ' +
    'sessions have been saved',
}

/**
 * What the bank holds for a session cannot be read, and counts as not found. It is damaged or too deep; or a later version
 * wrote it, or a store with other keys: such a record is never overwritten. Emitted as `error`.
 *
 * Code: `SESSIONBANK_UNREADABLE`.
 */
export class UnreadableRecordError extends SessionbankError {
  constructor(reason: keyof typeof UNREADABLE) {
    super('SESSIONBANK_UNREADABLE', UNREADABLE[reason])
  }
}

/** The bank has not been connected, or is disconnected already. Code: `SESSIONBANK_NOT_CONNECTED`. */
export class BankNotConnectedError extends SessionbankError {
  constructor(cause?: unknown) {
    super(
      'SESSIONBANK_NOT_CONNECTED',
      'the bank is not connected: wait for bank.connect(), or open it with openDatabank(), before sessions are used',
      cause,
    )
  }
}

/** The function given to `update` took longer than `timeout`; nothing was written. Code: `SESSIONBANK_SLOW_CHANGE`. */
export class SlowChangeError extends SessionbankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_SLOW_CHANGE',
      `the function given to update() took longer than ${timeout} ms and nothing was written: let it change the session and ` +
        'nothing else. A save, touch, destroy or update of the same session waits for it to end, so it must not wait for one',
    )
  }
}
