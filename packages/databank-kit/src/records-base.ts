import { attempt } from './attempt.ts'
import { KEEPS_DEADLINES } from './bound-records.ts'
import type { Call, CallOptions } from './call.ts'
import type { Calls } from './calls.ts'
import type { JsonScalar } from './databank.ts'
import type { Condition, IndexQuery, NewRecord, Page, Touch } from './driver-records.ts'
import { InvalidIdError } from './errors.ts'
import { type IdRule, isStorable } from './ids.ts'
import { assertScalar, indexToken, type Tokens, tokensOf } from './index-tokens.ts'
import { holds, parsed, wellFormed } from './json-text.ts'
import type { Records, Revision, StoredRecord, StreamOptions, TouchOptions, WriteOptions } from './records.ts'
import { checkedExpiry, isLive } from './value-expiry.ts'

export interface RecordsBaseOptions {
  calls: Calls
  /** The fields to index. Default: none. */
  indices?: readonly string[]
  ids: IdRule
  /** Returns the time in ms since the epoch. Default: `Date.now`, looked up at each call. */
  now?(): number
}

/**
 * `Records`, but for what differs from one database to another. A public method checks and prepares; the method with the
 * underscore speaks to the database. It gets a {@link Call}: before a write is sent it sets `call.sent`, and between two
 * steps it looks whether `call.isOver`.
 */
export abstract class RecordsBase implements Records {
  readonly [KEEPS_DEADLINES] = true
  protected readonly calls: Calls
  /** The indexed fields. */
  protected readonly indices: readonly string[]
  readonly #ids: IdRule
  /** Returns the time in ms since the epoch. */
  protected readonly now: () => number
  /** Null once the type is prepared, or if it needs no preparation. */
  #prepared: Promise<void> | undefined | null

  constructor({ calls, indices = [], ids, now = () => Date.now() }: RecordsBaseOptions) {
    this.calls = calls
    this.indices = [...new Set(indices)]
    this.#ids = ids
    this.now = now
    if (!this._prepare) this.#prepared = null
  }

  /** As `_read`, for a bank that need not wait: it spares the reads a deadline. */
  protected _readNow?(id: string): StoredRecord | null

  /** Returns what lies under an id, expired or not. */
  protected abstract _read(id: string, call: Call): Promise<StoredRecord | null>

  /** Writes in one atomic step. Returns the new revision; null if the condition does not hold and nothing was written. */
  protected abstract _write(id: string, record: NewRecord, condition: Condition, call: Call): Promise<Revision | null>

  /** Moves the expiry of a live record in one atomic step. Returns false if the condition does not hold. */
  protected abstract _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean>

  /** Returns false if there was no record. */
  protected abstract _delete(id: string, call: Call): Promise<boolean>

  /** Returns records in any order that holds still, from `from` on; expired ones may be among them. */
  protected abstract _page(from: unknown, call: Call): Promise<Page>

  /** Returns records that may have the token, from `from` on. It may return more: the base class checks each. */
  protected abstract _candidates(query: IndexQuery, from: unknown, call: Call): Promise<Page>

  protected abstract _count(now: number, call: Call): Promise<number>

  /** Removes records, expired ones too. Returns where to go on; undefined if all are gone. */
  protected abstract _clear(from: unknown, call: Call): Promise<unknown>

  /** Removes at most `limit` records that have expired, each only if that is still so. */
  protected abstract _deleteExpired(limit: number, now: number, call: Call): Promise<number>

  /** Takes ids out of an index that have no such value any more. Most indexes need none of this. */
  protected async _forget(_query: IndexQuery, _ids: string[], _call: Call): Promise<void> {}

  /** Called in the first write of a type, and again after a failure: for instance to make indexes. Writes wait for it. */
  protected _prepare?(call: Call): Promise<void>

  read(id: string, options?: CallOptions): Promise<StoredRecord | null> {
    if (this._readNow) return attempt(() => Promise.resolve(this.readNow(id) ?? null))
    if (!isStorable(id, this.#ids)) return Promise.resolve(null)
    const now = this.now()
    return this.calls.read(
      (call) => this._read(id, call),
      options,
      (record) => ifLive(record, now),
    )
  }

  readNow(id: string): StoredRecord | null | undefined {
    if (!this._readNow) return undefined
    if (!isStorable(id, this.#ids)) return null
    return this.calls.now(() => ifLive(this._readNow?.(id) ?? null, this.now()))
  }

  write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    try {
      const expires = checkedExpiry(options.expires)
      if (!isStorable(id, this.#ids)) throw new InvalidIdError(`an id is ${this.#ids.rule}`)
      const { tokens = this.#tokensOf(json), ifRevision, extend = false } = options
      const record = { json: wellFormed(json), expires, tokens }
      const condition = { ifRevision, extend: extend && typeof ifRevision === 'string', now: this.now() }
      const write = (call: Call) => this._write(id, record, condition, call)
      return this.calls.write(this.#prepared === null ? write : (call) => this.#prepare(call, write), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  touch(id: string, expires: number | null, options: TouchOptions = {}): Promise<boolean> {
    try {
      const touch = { expires: checkedExpiry(expires), tokens: options.tokens }
      if (!isStorable(id, this.#ids)) return Promise.resolve(false)
      const condition = { ifRevision: options.ifRevision, extend: options.extend ?? false, now: this.now() }
      return this.calls.write((call) => this._touch(id, touch, condition, call), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  delete(id: string, options?: CallOptions): Promise<boolean> {
    if (!isStorable(id, this.#ids)) return Promise.resolve(false)
    return this.calls.write((call) => this._delete(id, call), options)
  }

  entries(options?: StreamOptions): AsyncGenerator<[string, StoredRecord]> {
    return this.#live((from, call) => this._page(from, call), options)
  }

  async *find(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    assertScalar(value)
    if (!this.indices.includes(field)) {
      for await (const entry of this.entries()) if (holds(entry[1], field, value)) yield entry
      return
    }
    const query = { field, token: indexToken(field, value) }
    for await (const { records, asked } of this.#pages((from, call) => this._candidates(query, from, call))) {
      const stale: string[] = []
      const hits: [string, StoredRecord][] = []
      for (const [id, record] of records) {
        if (record && isLive(record.expires, asked) && holds(record, field, value)) hits.push([id, record])
        else stale.push(id)
      }
      if (stale.length > 0) await this.calls.write((call) => this._forget(query, stale, call))
      yield* hits
    }
  }

  count(options?: CallOptions): Promise<number> {
    return this.calls.read((call) => this._count(this.now(), call), options)
  }

  /** Repeats as a read does: to remove what is gone already does no harm. */
  async clear(options?: CallOptions): Promise<void> {
    for (let from: unknown; ; ) {
      const start = from
      from = await this.calls.read((call) => this._clear(start, call), options)
      if (from === undefined) return
    }
  }

  async deleteExpired(limit: number, options?: CallOptions): Promise<number> {
    const most = Math.floor(limit)
    return most > 0 ? this.calls.read((call) => this._deleteExpired(most, this.now(), call), options) : 0
  }

  /** The writes that wait share one preparation; each has its own deadline, and is not begun behind it. */
  async #prepare<T>(call: Call, write: (call: Call) => Promise<T>): Promise<T> {
    // Done in an earlier attempt.
    if (this.#prepared === null) return write(call)
    this.#prepared ??= this._prepare?.(call).then(
      () => {
        this.#prepared = null
      },
      (error) => {
        this.#prepared = undefined
        throw error
      },
    )
    await this.#prepared
    call.assertInTime()
    return write(call)
  }

  async *#live(
    page: (from: unknown, call: Call) => Promise<Page>,
    options?: StreamOptions,
  ): AsyncGenerator<[string, StoredRecord]> {
    for await (const { records, asked } of this.#pages(page, options)) {
      for (const [id, record] of records) if (record && isLive(record.expires, asked)) yield [id, record]
    }
  }

  /** Each page has the time of a call, and its records are judged by when it was asked for. */
  async *#pages(
    page: (from: unknown, call: Call) => Promise<Page>,
    options?: StreamOptions,
  ): AsyncGenerator<Page & { asked: number }> {
    for (let from: unknown; ; ) {
      const start = from
      const asked = this.now()
      const found = await this.calls.read((call) => page(start, call), options)
      yield { ...found, asked }
      if (found.next === undefined) return
      from = found.next
    }
  }

  #tokensOf(json: string): Tokens {
    return this.indices.length === 0 ? {} : tokensOf(parsed(json), this.indices)
  }
}

function ifLive(record: StoredRecord | null, now: number): StoredRecord | null {
  return record && isLive(record.expires, now) ? record : null
}
