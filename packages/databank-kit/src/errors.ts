/**
 * What all packages of this project throw and reject with, but for databank's own errors. `code` is stable; the message is
 * for people, and never holds an id, a content or a password.
 */
export class SessionbankError extends Error {
  /** Names the kind of error, such as `SESSIONBANK_TIMEOUT`. It stays the same from version to version. */
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
  }
}

/** What the drivers reject with. */
export class BankError extends SessionbankError {}

/** The bank did not answer in time, and as far as is known nothing was sent. Code: `SESSIONBANK_TIMEOUT`. */
export class BankTimeoutError extends BankError {
  constructor(timeout: number) {
    super(
      'SESSIONBANK_TIMEOUT',
      `the bank did not answer within ${timeout} ms: check that it is reachable, or raise the timeout option`,
    )
  }
}

/** Too many operations wait for one record. Code: `SESSIONBANK_QUEUE_FULL`. */
export class QueueFullError extends BankError {
  constructor(longest: number) {
    super(
      'SESSIONBANK_QUEUE_FULL',
      `${longest} operations of one session wait already and this one was not begun: find out who sends them`,
    )
  }
}

/** An option, an argument or a URL that cannot be used. Code: `SESSIONBANK_INVALID_OPTION`. */
export class InvalidOptionError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_INVALID_OPTION', message, cause)
  }
}

/** The database cannot be opened or reached with these params. Code: `SESSIONBANK_CONNECT_FAILED`. */
export class ConnectError extends BankError {
  /** True if the database may only not be up yet: with the option `retry` a bank tries again. */
  readonly isTransient: boolean

  constructor(message: string, cause?: unknown, { isTransient = false } = {}) {
    super('SESSIONBANK_CONNECT_FAILED', message, cause)
    this.isTransient = isTransient
  }
}

/** The database refused or failed an operation; nothing was changed. Code: `SESSIONBANK_OPERATION_FAILED`. */
export class OperationError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_OPERATION_FAILED', message, cause)
  }
}

/**
 * The connection was lost between a write and its answer: it may or may not have been done. It was not sent again.
 * Code: `SESSIONBANK_UNKNOWN_OUTCOME`.
 */
export class UnknownOutcomeError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_UNKNOWN_OUTCOME', message, cause)
  }
}

/** An id that this bank cannot keep. Code: `SESSIONBANK_INVALID_ID`. */
export class InvalidIdError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_INVALID_ID', message)
  }
}

/** A value that is not JSON, coming from the caller or found in the bank. Code: `SESSIONBANK_INVALID_VALUE`. */
export class InvalidValueError extends BankError {
  constructor(message: string, cause?: unknown) {
    super('SESSIONBANK_INVALID_VALUE', message, cause)
  }
}

/**
 * Others kept changing a value or a session for so long that a read-modify-write gave up; nothing was written.
 * Code: `SESSIONBANK_CONFLICT`.
 */
export class ConflictError extends BankError {
  constructor(message: string) {
    super('SESSIONBANK_CONFLICT', message)
  }
}

/**
 * The package of the database's client is not installed, or cannot be loaded by its name from a bundle.
 * Code: `SESSIONBANK_MISSING_CLIENT`.
 */
export class MissingClientError extends BankError {
  constructor(names: readonly string[], isBundled = false) {
    const [first] = names
    const bundled = `a bundle cannot load the package "${first}" by its name: import it, and hand it in beside \`url\` as in open({ url, library: ${first} })`
    const missing =
      names.length === 1
        ? `the package "${first}" is not installed`
        : `none of the packages ${names.map((name) => `"${name}"`).join(', ')} is installed`
    super('SESSIONBANK_MISSING_CLIENT', isBundled ? bundled : `${missing}: npm install ${first}`)
  }
}

/**
 * A package is installed, and fails when it is loaded; `cause` is its own error, which has seen no data yet.
 * Code: `SESSIONBANK_BROKEN_PACKAGE`.
 */
export class BrokenPackageError extends BankError {
  /** @param isBundled whether a bundle needs it, in which a package with a binary does not work */
  constructor(name: string, cause: unknown, isBundled = false) {
    const [why = ''] = String((cause as Error | null)?.message ?? cause).split('\n', 1)
    const message = isBundled
      ? `the package "${name}" does not load from the bundle (${why}): mark it as external, and install it beside the bundle`
      : `the package "${name}" is installed, but does not load (${why}): install it anew`
    super('SESSIONBANK_BROKEN_PACKAGE', message, cause)
  }
}
