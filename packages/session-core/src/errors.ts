import { SessionbankError } from '@sessionbank/databank-kit'

export { ConflictError, InvalidOptionError } from '@sessionbank/databank-kit'

/**
 * The package of the URL's driver is not installed, or a bundle cannot load it by its name.
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
 * A session id that stores do not accept: not a string, empty, too long, or a name on `Object.prototype`.
 * Code: `SESSIONBANK_INVALID_SESSION_ID`.
 */
export class InvalidSessionIdError extends SessionbankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_SESSION_ID', message)
  }
}

/**
 * A session that cannot be stored as JSON, or that uses a key of the store's. The stored session is unchanged.
 * Code: `SESSIONBANK_INVALID_SESSION`.
 */
export class InvalidSessionError extends SessionbankError {
  /** Private, because logs show all other properties, and an app may use user input as a key. */
  readonly #key: string | undefined

  constructor(message: string, { cause, key }: { cause?: unknown; key?: string | undefined } = {}) {
    super('SESSIONBANK_INVALID_SESSION', message, cause)
    this.#key = key
  }

  /** The key of the session that cannot be stored; undefined if the error is not about a single key. */
  get key(): string | undefined {
    return this.#key
  }
}

/** A session larger than `maxBytes`. The stored session is unchanged. Code: `SESSIONBANK_TOO_LARGE`. */
export class SessionTooLargeError extends SessionbankError {
  /** The size of the session as JSON, in bytes. */
  readonly bytes: number
  /** The limit: the option `maxBytes` of the store. */
  readonly maxBytes: number

  constructor(bytes: number, maxBytes: number) {
    super(
      'SESSIONBANK_TOO_LARGE',
      `the session has ${bytes} bytes, and the limit is ${maxBytes}: keep large data elsewhere and its key in the session, or raise maxBytes`,
    )
    this.bytes = bytes
    this.maxBytes = maxBytes
  }
}

/** Reasons why a stored record cannot be read, as messages. */
const UNREADABLE = {
  damaged: 'a stored session is not a JSON object and counts as not found: the next login replaces it',
  deep: 'a stored session has more levels than a store can read and counts as not found: the next login replaces it',
  unknown:
    'a stored session has a form that this version cannot read, and was left as it is: update @sessionbank/* everywhere',
  noKeys:
    'a stored session is sealed, and was left as it is: set the option `encryption` of this store, with the key of the session',
  sealed:
    'a stored session cannot be decrypted and was left as it is: its key is not among `encryption.keys`, or the record was ' +
    'changed or moved',
  plain:
    'a stored session is not sealed and was left as it is, since `encryption.plain` is false: set it to true until all ' +
    'sessions have been saved',
}

/**
 * A stored record cannot be read as a session, and counts as not found. It is damaged or nested too deeply, or was
 * written by a later version or by a store with other keys; a record of the last two kinds is never overwritten.
 * Emitted as an `error` event.
 *
 * Code: `SESSIONBANK_UNREADABLE`.
 */
export class UnreadableRecordError extends SessionbankError {
  constructor(reason: keyof typeof UNREADABLE) {
    super('SESSIONBANK_UNREADABLE', UNREADABLE[reason])
  }
}

/** The bank is not connected yet, or has been disconnected. Code: `SESSIONBANK_NOT_CONNECTED`. */
export class BankNotConnectedError extends SessionbankError {
  constructor(cause?: unknown) {
    super(
      'SESSIONBANK_NOT_CONNECTED',
      'the bank is not connected: wait for bank.connect(), or open it with openDatabank(), before you use sessions',
      cause,
    )
  }
}

/** The function passed to `update` took longer than `timeout`; nothing was written. Code: `SESSIONBANK_SLOW_CHANGE`. */
export class SlowChangeError extends SessionbankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_SLOW_CHANGE',
      `the function passed to update() took longer than ${timeout} ms and nothing was written: it should only change the ` +
        'session. It must not await a save, touch, destroy or update of the same session, because these wait until it ends',
    )
  }
}
