/**
 * Base class of the errors of all packages of this project, except for databank's own errors. `code` is stable. The
 * message is for people, and never contains an id, a content or a password.
 */
export class SessionbankError extends Error {
  /** Stable code for the kind of error, such as `SESSIONBANK_TIMEOUT`. */
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
  }
}

/** Base class of the drivers' errors. */
export class BankError extends SessionbankError {}

/** The bank did not answer in time. As far as is known, nothing was sent. Code: `SESSIONBANK_TIMEOUT`. */
export class BankTimeoutError extends BankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_TIMEOUT',
      `the bank did not answer within ${timeout} ms: check that it is reachable, or raise the timeout option`,
    )
  }
}

/** Too many operations are waiting for one record. Code: `SESSIONBANK_QUEUE_FULL`. */
export class QueueFullError extends BankError {
  constructor(longest: number) {
    super(
      'SESSIONBANK_QUEUE_FULL',
      `${longest} operations of one session are waiting already, so this one was not started: find out which client sends them`,
    )
  }
}

/** An option, an argument or a URL is invalid. Code: `SESSIONBANK_INVALID_OPTION`. */
export class InvalidOptionError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_INVALID_OPTION', message, cause)
  }
}

/** The database cannot be opened or reached with these params. Code: `SESSIONBANK_CONNECT_FAILED`. */
export class ConnectError extends BankError {
  /** True if the database may just not be up yet. The option `retry` makes a bank retry in that case. */
  readonly isTransient: boolean

  constructor(message: string, cause?: unknown, { isTransient = false } = {}) {
    super('SESSIONBANK_CONNECT_FAILED', message, cause)
    this.isTransient = isTransient
  }
}

/** The database refused an operation, or failed before it changed anything. Code: `SESSIONBANK_OPERATION_FAILED`. */
export class OperationError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_OPERATION_FAILED', message, cause)
  }
}

/**
 * The answer to a write did not arrive: it may or may not have been done, and was not sent again.
 * Code: `SESSIONBANK_UNKNOWN_OUTCOME`.
 */
export class UnknownOutcomeError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_UNKNOWN_OUTCOME', message, cause)
  }
}

/** An id that this bank cannot store. Code: `SESSIONBANK_INVALID_ID`. */
export class InvalidIdError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_ID', message)
  }
}

/** A value from the caller or the bank is not JSON. Code: `SESSIONBANK_INVALID_VALUE`. */
export class InvalidValueError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_INVALID_VALUE', message, cause)
  }
}

/**
 * Other writers changed a value or a session so often that a read-modify-write gave up; nothing was written.
 * Code: `SESSIONBANK_CONFLICT`.
 */
export class ConflictError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_CONFLICT', message)
  }
}

/**
 * The package of the database's client is not installed, or a bundle cannot load it by its name.
 * Code: `SESSIONBANK_MISSING_CLIENT`.
 */
export class MissingClientError extends BankError {
  constructor(names: readonly string[], isBundled = false) {
    const [first] = names
    const bundled = `a bundle cannot load the package "${first}" by its name: import it, and pass it with \`url\`: open({ url, library: ${first} })`
    const missing =
      names.length === 1
        ? `the package "${first}" is not installed`
        : `none of the packages ${names.map((name) => `"${name}"`).join(', ')} is installed`
    super('SESSIONBANK_MISSING_CLIENT', isBundled ? bundled : `${missing}: npm install ${first}`)
  }
}

/**
 * A package is installed but fails to load. `cause` is its own error, which cannot contain data of the app.
 * Code: `SESSIONBANK_BROKEN_PACKAGE`.
 */
export class BrokenPackageError extends BankError {
  /** @param isBundled true if the package is loaded from a bundle, which cannot contain its binary */
  constructor(name: string, cause: unknown, isBundled = false) {
    const [why = ''] = String((cause as Error | null)?.message ?? cause).split('\n', 1)
    const message = isBundled
      ? `the package "${name}" does not load from the bundle (${why}): mark it as external, and install it beside the bundle`
      : `the package "${name}" is installed, but does not load (${why}): reinstall it`
    super('SESSIONBANK_BROKEN_PACKAGE', message, cause)
  }
}
