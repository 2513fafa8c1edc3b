import { KEEPS_DEADLINES } from './bound-records.ts'
import type { CallOptions } from './call.ts'
import type { JsonScalar } from './databank.ts'
import { assertScalar } from './index-tokens.ts'
import type { Records, StoredRecord, StreamOptions, TouchOptions, WriteOptions } from './records.ts'

/** Checks at each call whether the bank is connected. Rejects if it is not. */
export class ConnectedRecords implements Records {
  readonly [KEEPS_DEADLINES] = true
  readonly #records: () => Records

  /** @param records returns the records of the bank; throws if it is not connected */
  constructor(records: () => Records) {
    this.#records = records
  }

  get indices() {
    return this.#now((records) => records.indices)
  }

  read(id: string, options?: CallOptions) {
    return this.#on((records) => records.read(id, options))
  }

  readNow(id: string) {
    return this.#records().readNow?.(id)
  }

  get sync() {
    return this.#now((records) => records.sync)
  }

  write(id: string, json: string, options: WriteOptions) {
    return this.#on((records) => records.write(id, json, options))
  }

  touch(id: string, expires: number | null, options?: TouchOptions) {
    return this.#on((records) => records.touch(id, expires, options))
  }

  delete(id: string, options?: CallOptions) {
    return this.#on((records) => records.delete(id, options))
  }

  async *entries(options?: StreamOptions) {
    yield* this.#records().entries(options)
  }

  async *find(field: string, value: JsonScalar) {
    assertScalar(value)
    yield* this.#records().find(field, value)
  }

  async *candidates(field: string, tokens: readonly string[]): AsyncGenerator<[string, StoredRecord]> {
    const records = this.#records()
    yield* records.candidates?.(field, tokens) ?? records.entries()
  }

  count(options?: CallOptions) {
    return this.#on((records) => records.count(options))
  }

  countExpired(options?: CallOptions) {
    return this.#on((records) => records.countExpired?.(options) ?? Promise.resolve(0))
  }

  clear(options?: CallOptions) {
    return this.#on((records) => records.clear(options))
  }

  deleteExpired(limit: number, options?: CallOptions) {
    return this.#on((records) => records.deleteExpired(limit, options))
  }

  /** Not async: an async function would add three microtasks to each read. */
  #on<T>(call: (records: Records) => Promise<T>): Promise<T> {
    try {
      return call(this.#records())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Returns undefined if the bank is not connected. */
  #now<T>(property: (records: Records) => T): T | undefined {
    try {
      return property(this.#records())
    } catch {
      return undefined
    }
  }
}
