/** The errors of databank's API, and the `code` that ours have beside the name. */
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
  /** Makes an error of what it is about: mostly type and id. */
  new (...given: string[]): Error
}

/** The error classes of a copy of the npm package `databank`, as far as they are known. */
export type DatabankErrors = { [Name in DatabankErrorName]?: DatabankErrorClass }

/**
 * What databank's API fails with. If the app has the npm package `databank`, a caller of that API gets an error of the
 * app's copy instead, with the same `code`. `instanceof` goes by the name, so it holds for both.
 *
 * These six are no `SessionbankError`. Their messages hold no id; those of the npm package do.
 *
 * Code: `SESSIONBANK_DATABANK_ERROR`.
 */
export class DatabankError extends Error {
  /** Names the kind of error, such as `SESSIONBANK_NO_SUCH_THING`. It stays the same from version to version. */
  readonly code: string
  /** What the class of the same name in the npm package is made with. */
  readonly #given: readonly string[]

  constructor(message = 'Databank error', name: DatabankErrorName = 'DatabankError', given = [message]) {
    super(message)
    // Not the name of the class, which bundlers shorten.
    this.name = name
    this.code = CODES[name]
    this.#given = given
  }

  /** Returns true for errors of this name, of this package and of the npm package `databank`. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: this is the class that is asked for
    if (Function.prototype[Symbol.hasInstance].call(this, error)) return true
    const name = error instanceof Error && Object.hasOwn(CODES, error.name) ? (error.name as DatabankErrorName) : null
    return name !== null && [CLASSES.DatabankError, CLASSES[name]].includes(this)
    // biome-ignore-end lint/complexity/noThisInStatic: this is the class that is asked for
  }

  /** Returns the error of a copy of databank that stands for one of ours, and any other error as it is. */
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

/** There is nothing under this id. Code: `SESSIONBANK_NO_SUCH_THING`. */
export class NoSuchThingError extends DatabankError {
  constructor(type: string, id: string) {
    super(`there is no such "${type}"`, 'NoSuchThingError', [type, id])
  }
}

/** There is something under this id already. Code: `SESSIONBANK_ALREADY_EXISTS`. */
export class AlreadyExistsError extends DatabankError {
  constructor(type: string, id: string) {
    super(`there is such a "${type}" already`, 'AlreadyExistsError', [type, id])
  }
}

/** What is under this id is not of the kind that the call works on. Code: `SESSIONBANK_WRONG_TYPE`. */
export class WrongTypeError extends DatabankError {
  /** @param expected `"array"` or `"number"` */
  constructor(type: string, id: string, expected: string) {
    super(`this "${type}" is not of the kind "${expected}"`, 'WrongTypeError', [type, id, expected])
  }
}

/** The bank has not been connected, or is disconnected already. Code: `SESSIONBANK_NOT_CONNECTED`. */
export class NotConnectedError extends DatabankError {
  constructor() {
    super('the bank is not connected: wait for connect()', 'NotConnectedError', [])
  }
}

/** `connect` was called on a bank that is connected, or connecting. Code: `SESSIONBANK_ALREADY_CONNECTED`. */
export class AlreadyConnectedError extends DatabankError {
  constructor() {
    super('the bank is connected already: call connect() once', 'AlreadyConnectedError', [])
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
