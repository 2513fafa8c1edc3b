export {
  AlreadyConnectedError,
  AlreadyExistsError,
  DatabankError,
  NoSuchThingError,
  NotConnectedError,
  WrongTypeError,
} from './databank-errors.ts'

declare global {
  /** For callers whose `lib` lacks it. Node has it since version 18.18. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** Any value that JSON can hold. */
export type JsonValue = JsonScalar | JsonValue[] | { [key: string]: JsonValue }
/** A JSON value that is not an array or object. Searches compare with such values. */
export type JsonScalar = string | number | boolean | null

/** databank's callback: `error` is null on success. */
export type Callback<T = void> = (error: Error | null, value: T) => void

/** The schema of one type ("table"). */
export interface TypeSchema {
  /** Name of the field that holds the id. */
  pkey?: string
  /** Fields to index; a dotted path reaches into objects (`"user.id"`). */
  indices?: string[]
  /** Names of all fields. Ignored, but allowed because databank's apps may have it. */
  fields?: string[]
}
/** The schemas of the types, by name. */
export type Schema = Record<string, TypeSchema>

/** The options that all drivers of this project have. */
export interface DriverOptions {
  /** The types and their indexes. Default: none, so that `find` reads all records. */
  schema?: Schema
  /** The driver's name. Ignored, but allowed because apps may keep it with the options. */
  driver?: string
  /**
   * For how many ms `connect`, `open` and `openDatabank` retry if the database is not up yet: if it cannot be reached,
   * its host has no address, or it is still starting. Other failures, such as a wrong password, an invalid option or an
   * untrusted certificate, are not retried. Each attempt, including the last, may take the bank's `timeout`. Default:
   * 0, a single attempt.
   */
  retry?: number
}

/** The part of the storage API of the npm package `databank` 1.x that callers use. */
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
  /** Stores a value, replacing an existing one. */
  save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  /** Removes a value. Fails with NoSuchThingError if there is none. */
  del(type: string, id: string, onCompletion: Callback): void
  /** Returns the values with these ids, by id; null for an id without a value. */
  readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void
  /** Calls `onResult` with each value whose fields match the criteria, compared loosely: `42` like `"42"`. */
  search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void
  /** Calls `onResult` with each value of a type. */
  scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void
  /** Adds 1 to a number. Returns the sum. A missing value counts as 0. */
  incr(type: string, id: string, onCompletion: Callback<number>): void
  /** Subtracts 1 from a number. Returns the difference. A missing value counts as 0. */
  decr(type: string, id: string, onCompletion: Callback<number>): void
  /** Adds `n` to a number. Returns the sum. Fails with WrongTypeError if the value is not a number. */
  incrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  /** Subtracts `n` from a number. Returns the difference. Fails with WrongTypeError if the value is not a number. */
  decrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  /** Adds an item at the end of an array. Creates the array if it does not exist. */
  append(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Adds an item at the beginning of an array. Creates the array if it does not exist. */
  prepend(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Adds items at the end of an array. Creates the array if it does not exist. */
  appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Adds items at the beginning of an array, in their order. Creates the array if it does not exist. */
  prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Returns an item of an array by its index, starting at 0. Fails with NoSuchThingError if there is none. */
  item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void
  /** Returns the items of an array from `begin` up to, but not including, `end`. */
  slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void
  /** Returns the index of the first equal item; -1 if there is none. */
  indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void
  /** Removes the first equal item of an array. */
  remove(type: string, id: string, item: unknown, onCompletion: Callback): void
  /** Removes the first equal item of an array for each of these items. */
  removeAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  /** Returns the number of items of an array. */
  length(type: string, id: string, onCompletion: Callback<number>): void
  /** Shortens an array to the given length. */
  truncate(type: string, id: string, length: number, onCompletion: Callback): void
}

/**
 * The methods that a bank of this project adds to databank's API: connecting and disconnecting also by promise, and a
 * health check. Without a callback and without an `await`, an error is ignored, but the first operation then fails,
 * because the bank is not connected.
 */
export interface BankConnection {
  /** Rejects with ConnectError or AlreadyConnectedError. (With the type `object`, params could be a callback.) */
  connect(params?: Record<string, unknown>): Promise<void>
  /** Connects. Passes a ConnectError or an AlreadyConnectedError to the callback. */
  connect(params: object, onCompletion: Callback): void
  /** Rejects with NotConnectedError if the bank is not connected. */
  disconnect(): Promise<void>
  /** Disconnects. Passes a NotConnectedError to the callback if the bank is not connected. */
  disconnect(onCompletion: Callback): void
  /**
   * Resolves if the database answers a read within the bank's `timeout`. For a health check; costs about one read.
   *
   * @throws NotConnectedError if the bank is not connected
   * @throws the error that a read would get, such as BankTimeoutError
   * @example
   * ```ts
   * app.get('/ready', (req, res) => {
   *   bank.ping().then(() => res.sendStatus(200), () => res.sendStatus(503))
   * })
   * ```
   */
  ping(): Promise<void>
  /** Same as above, by callback. */
  ping(onCompletion: Callback): void
  /** Disconnects at the end of `await using bank = …`. Does nothing if the bank is not connected. */
  [Symbol.asyncDispose](): Promise<void>
}
