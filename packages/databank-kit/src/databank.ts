export {
  AlreadyConnectedError,
  AlreadyExistsError,
  DatabankError,
  NoSuchThingError,
  NotConnectedError,
  WrongTypeError,
} from './databank-errors.ts'

declare global {
  /** For callers whose `lib` does not have it; Node has it since version 18.18. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** Any value that JSON can hold. */
export type JsonValue = JsonScalar | JsonValue[] | { [key: string]: JsonValue }
/** A JSON value without parts. Searches compare with one of these. */
export type JsonScalar = string | number | boolean | null

/** databank's callback: `error` is null on success. */
export type Callback<T = void> = (error: Error | null, value: T) => void

/** What databank knows of a type ("table"). */
export interface TypeSchema {
  /** Name of the field that holds the id. */
  pkey?: string
  /** Fields to index; a dotted path reaches into objects (`"user.id"`). */
  indices?: string[]
  /** The names of all fields. Ignored: databank apps may have it in a schema. */
  fields?: string[]
}
/** What databank knows of each type, by its name. */
export type Schema = Record<string, TypeSchema>

/** The options that every driver of ours understands. */
export interface DriverOptions {
  /** The types and their indexes. Default: none, so that `find` reads all records. */
  schema?: Schema
  /** The driver's name. Ignored: apps may keep it beside the options. */
  driver?: string
  /**
   * For how many ms `connect`, and so `open` and `openDatabank`, tries again if the database is not up yet: it cannot be
   * reached, its host has no address, or it is still starting. What time does not mend fails at once, such as a wrong
   * password, a bad option or a certificate that is not trusted. Each attempt has the bank's `timeout`, the last one too.
   * Default: 0, one attempt.
   */
  retry?: number
}

/** The storage API of the npm package `databank` 1.x, as far as callers use it. */
export interface Databank {
  /** Connects to the database. Passes a ConnectError or an AlreadyConnectedError to the callback. */
  connect(params: object, onCompletion: Callback): void
  /** Disconnects. Passes a NotConnectedError to the callback if the bank is not connected. */
  disconnect(onCompletion: Callback): void
  /** Stores a new value. Fails with AlreadyExistsError if there is one under this id. */
  create<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  /** Returns the value. Fails with NoSuchThingError if there is none. */
  read<T = unknown>(type: string, id: string, onCompletion: Callback<T>): void
  /** Replaces a value. Fails with NoSuchThingError if there is none. */
  update<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  /** Stores a value, whether there is one under this id or not. */
  save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  /** Removes a value. Fails with NoSuchThingError if there is none. */
  del(type: string, id: string, onCompletion: Callback): void
  /** Returns the values of several ids, by id; null for an id that has none. */
  readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void
  /** Calls `onResult` with each value whose fields equal the criteria, compared loosely: `42` like `"42"`. */
  search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void
  /** Calls `onResult` with each value of a type. */
  scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void
  /** Adds 1 to a number, and returns the sum. A value that is not there counts as 0. */
  incr(type: string, id: string, onCompletion: Callback<number>): void
  /** Subtracts 1 from a number, and returns the difference. A value that is not there counts as 0. */
  decr(type: string, id: string, onCompletion: Callback<number>): void
  /** Adds `n` to a number, and returns the sum. Fails with WrongTypeError if the value is no number. */
  incrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  /** Subtracts `n` from a number, and returns the difference. Fails with WrongTypeError if the value is no number. */
  decrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  /** Adds an item at the end of an array, which is made if it is not there. */
  append(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Adds an item at the beginning of an array, which is made if it is not there. */
  prepend(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Adds items at the end of an array, which is made if it is not there. */
  appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Adds items at the beginning of an array, in their order. The array is made if it is not there. */
  prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Returns an item of an array by its index, which begins at 0. Fails with NoSuchThingError if there is none. */
  item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void
  /** Returns the items of an array from `begin` up to, but not including, `end`. */
  slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void
  /** Returns the index of the first item that equals this one; -1 if none does. */
  indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void
  /** Removes the first item of an array that equals this one. */
  remove(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Removes, for each of these items, the first item of an array that equals it. */
  removeAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Returns the number of items of an array. */
  length(type: string, id: string, onCompletion: Callback<number>): void
  /** Shortens an array to so many items. */
  truncate(type: string, id: string, length: number, onCompletion: Callback): void
}

/**
 * What a bank of ours has beside databank's API: connecting and disconnecting by promises beside callbacks, and a health check. A caller that gives no callback and ignores the
 * promise ignores the error too; a bank that is not connected says so at its first operation.
 */
export interface BankConnection {
  /** Rejects with a ConnectError, or with AlreadyConnectedError. (With `object`, types would take a callback for params.) */
  connect(params?: Record<string, unknown>): Promise<void>
  /** Connects, and passes a ConnectError or an AlreadyConnectedError to the callback. */
  connect(params: object, onCompletion: Callback): void
  /** Rejects with NotConnectedError if the bank is not connected. */
  disconnect(): Promise<void>
  /** Disconnects, and passes a NotConnectedError to the callback if the bank is not connected. */
  disconnect(onCompletion: Callback): void
  /**
   * Resolves if the database answers reads now, within the bank's `timeout`. For a health check: it costs about one read.
   *
   * @throws NotConnectedError if the bank is not connected
   * @throws the error that a read would get, such as BankTimeoutError
   * @example app.get('/ready', (req, res) => bank.ping().then(() => res.sendStatus(200), () => res.sendStatus(503)))
   */
  ping(): Promise<void>
  /** The same, by callback. */
  ping(onCompletion: Callback): void
  /** Disconnects at the end of `await using bank = …`. Does nothing if the bank is not connected. */
  [Symbol.asyncDispose](): Promise<void>
}
