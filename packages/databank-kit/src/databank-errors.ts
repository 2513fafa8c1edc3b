/** The errors of databank's API, with the `code` that this package adds to each. */
const CODES = {
  DatabankError: 'SESSIONBANK_DATABANK_ERROR',
  NoSuchThingError: 'SESSIONBANK_NO_SUCH_THING',
  AlreadyExistsError: 'SESSIONBANK_ALREADY_EXISTS',
  WrongTypeError: 'SESSIONBANK_WRONG_TYPE',
  NotConnectedError: 'SESSIONBANK_NOT_CONNECTED',
  AlreadyConnectedError: 'SESSIONBANK_ALREADY_CONNECTED',
} as const

/** The names of the errors of databank’s API. */
export type DatabankErrorName = keyof typeof CODES

/** An error class of a copy of the npm package `databank`. */
interface DatabankErrorClass {
  /** Takes the arguments that the message is made from, mostly type and id. */
  new (...given: string[]): Error
}

/** The known error classes of a copy of the npm package `databank`. */
export type DatabankErrors = { [Name in DatabankErrorName]?: DatabankErrorClass }

/**
 * An error of databank's API. If the app has the npm package `databank`, callers of that API get an error of the app's
 * copy instead, with the same `code`. `instanceof` compares the name, so it works for both.
 *
 * These six classes do not extend `SessionbankError`. Their messages contain no id; those of the npm package do.
 *
 * Code: `SESSIONBANK_DATABANK_ERROR`.
 */
export class DatabankError extends Error {
  /** Stable code for the kind of error, such as `SESSIONBANK_NO_SUCH_THING`. */
  readonly code: string
  /** The arguments for the class of the same name in the npm package. */
  readonly #given: readonly string[]

  constructor(message = 'Databank error', name: DatabankErrorName = 'DatabankError', given = [message]) {
    super(message)
    // Passed as a text, because bundlers shorten the names of classes.
    this.name = name
    this.code = CODES[name]
    this.#given = given
  }

  /** Returns true for errors of this name from this package and from the npm package `databank`. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: `this` is the class to test against
    if (Function.prototype[Symbol.hasInstance].call(this, error)) return true
    const name = error instanceof Error && Object.hasOwn(CODES, error.name) ? (error.name as DatabankErrorName) : null
    return name !== null && [CLASSES.DatabankError, CLASSES[name]].includes(this)
    // biome-ignore-end lint/complexity/noThisInStatic: `this` is the class to test against
  }

  /** Converts an error of this package to that of a copy of databank. Returns any other error unchanged. */
  static of(databank: DatabankErrors, error: unknown): unknown {
    if (typeof error !== 'object' || error === null || !(#given in error)) return error
    const { name, code, stack } = error
    const Theirs = databank[name as DatabankErrorName]
    if (!Theirs) return error
    const theirs = new Theirs(...error.#given)
    const frames = stack?.slice(stack.indexOf('\n    at ')) ?? ''
    return Object.assign(theirs, { code, stack: `${theirs.name}: ${theirs.message}${frames}` })
  }
}

/** There is no value with this id. Code: `SESSIONBANK_NO_SUCH_THING`. */
export class NoSuchThingError extends DatabankError {
  constructor(type: string, id: string) {
    super(`there is no "${type}" with this id`, 'NoSuchThingError', [type, id])
  }
}

/** There is already a value with this id. Code: `SESSIONBANK_ALREADY_EXISTS`. */
export class AlreadyExistsError extends DatabankError {
  constructor(type: string, id: string) {
    super(`there is already a "${type}" with this id`, 'AlreadyExistsError', [type, id])
  }
}

/** The value with this id has the wrong type for the call. Code: `SESSIONBANK_WRONG_TYPE`. */
export class WrongTypeError extends DatabankError {
  /** @param expected `"array"` or `"number"` */
  constructor(type: string, id: string, expected: string) {
    super(`the value of this "${type}" must be of the type "${expected}"`, 'WrongTypeError', [type, id, expected])
  }
}

/** The bank is not connected yet, or has been disconnected. Code: `SESSIONBANK_NOT_CONNECTED`. */
export class NotConnectedError extends DatabankError {
  constructor() {
    super('the bank is not connected: wait for connect()', 'NotConnectedError', [])
  }
}

/** `connect` was called on a bank that is connected or connecting. Code: `SESSIONBANK_ALREADY_CONNECTED`. */
export class AlreadyConnectedError extends DatabankError {
  constructor() {
    super('the bank is already connected: call connect() only once', 'AlreadyConnectedError', [])
  }
}

const CLASSES: { readonly [Name in DatabankErrorName]: object } = {
  DatabankError,
  NoSuchThingError,
  AlreadyExistsError,
  WrongTypeError,
  NotConnectedError,
  AlreadyConnectedError,
}
