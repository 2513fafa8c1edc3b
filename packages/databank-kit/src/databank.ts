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
export type JsonScalar = string | number | boolean | null

/** databank's callback: `error` is null on success. */
export type Callback<T = void> = (error: Error | null, value: T) => void

/** What databank knows of a type ("table"). */
export interface TypeSchema {
  /** Name of the field that holds the id. */
  pkey?: string
  /** Fields to index; a dotted path reaches into objects (`"user.id"`). */
  indices?: string[]
  fields?: string[]
}
export type Schema = Record<string, TypeSchema>

/** The options that every driver of ours understands. */
export interface DriverOptions {
  schema?: Schema
  /** The driver's name. Ignored: apps may keep it beside the options. */
  driver?: string
}

/** The storage API of the npm package `databank` 1.x, as far as callers use it. */
export interface Databank {
  connect(params: object, onCompletion: Callback): void
  disconnect(onCompletion: Callback): void
  create<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  read<T = unknown>(type: string, id: string, onCompletion: Callback<T>): void
  update<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void
  del(type: string, id: string, onCompletion: Callback): void
  readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void
  search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void
  scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void
  incr(type: string, id: string, onCompletion: Callback<number>): void
  decr(type: string, id: string, onCompletion: Callback<number>): void
  incrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  decrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void
  append(type: string, id: string, item: unknown, onCompletion: Callback): void
  prepend(type: string, id: string, item: unknown, onCompletion: Callback): void
  appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void
  slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void
  indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void
  remove(type: string, id: string, item: unknown, onCompletion: Callback): void
  removeAll(type: string, id: string, items: unknown[], onCompletion: Callback): void
  length(type: string, id: string, onCompletion: Callback<number>): void
  truncate(type: string, id: string, length: number, onCompletion: Callback): void
}

/**
 * Connecting and disconnecting by promises beside databank's callbacks. A caller that gives no callback and ignores the
 * promise ignores the error too; a bank that is not connected says so at its first operation.
 */
export interface BankConnection {
  /** Rejects with a ConnectError, or with AlreadyConnectedError. (With `object`, types would take a callback for params.) */
  connect(params?: Record<string, unknown>): Promise<void>
  connect(params: object, onCompletion: Callback): void
  /** Rejects with NotConnectedError if the bank is not connected. */
  disconnect(): Promise<void>
  disconnect(onCompletion: Callback): void
  /** Disconnects at the end of `await using bank = …`. Does nothing if the bank is not connected. */
  [Symbol.asyncDispose](): Promise<void>
}
