import { attempt } from './attempt.ts'
import { KEEPS_DEADLINES } from './bound-records.ts'
import type { Call, CallOptions } from './call.ts'
import type { Calls } from './calls.ts'
import type { JsonScalar } from './databank.ts'
import type { Condition, IndexQuery, NewRecord, Page, Touch } from './driver-records.ts'
import type { IdRule } from './ids.ts'
import { IndexCoverage } from './index-coverage.ts'
import { IndexSearch } from './index-search.ts'
import { assertScalar, indexToken } from './index-tokens.ts'
import { holds } from './json-text.ts'
import { Pages } from './pages.ts'
import { Preparation } from './preparation.ts'
import type {
  Records,
  Revision,
  StoredRecord,
  StreamOptions,
  SyncWrites,
  TouchOptions,
  WriteOptions,
} from './records.ts'
import { type DriverSyncWrites, syncWrites } from './sync-writes.ts'
import { isLive, LAST_DATE } from './value-expiry.ts'
import { WriteChecks } from './write-checks.ts'

/** Options of a driver's records. */
export interface RecordsBaseOptions {
  /** Runs calls within their deadlines, and retries them. */
  calls: Calls
  /** The fields to index. Default: none. */
  indices?: readonly string[]
  /** The ids that the database can store. */
  ids: IdRule
  /** Returns the time in ms since the epoch. Default: `Date.now`, looked up at each call. */
  now?(): number
}

/**
 * The part of `Records` that all databases share. A public method checks and prepares; the method of the same name with
 * an underscore calls the database. It gets a {@link Call}: it sets `call.sent` before it sends a write, and checks
 * `call.isOver` between two steps.
 */
export abstract class RecordsBase implements Records {
  /** Marks that each call ends at its deadline, so that the store does not add its own. */
  readonly [KEEPS_DEADLINES] = true
  /** Runs calls within their deadlines, and retries them. */
  protected readonly calls: Calls
  readonly indices: readonly string[]
  /** Returns the time in ms since the epoch. */
  protected readonly now: () => number
  /** See {@link syncOf}. */
  readonly sync: SyncWrites | undefined = undefined
  readonly #checks: WriteChecks
  readonly #pages: Pages
  readonly #preparation: Preparation
  readonly #search: IndexSearch
  /** True if this bank may have written or touched a record, which may lack an entry in an index of another bank. */
  #hasWritten = false

  constructor({ calls, indices = [], ids, now = () => Date.now() }: RecordsBaseOptions) {
    this.calls = calls
    this.indices = [...new Set(indices)]
    this.now = now
    this.#checks = new WriteChecks({ ids, indices: this.indices, now })
    this.#pages = new Pages(calls, now)
    this.#search = new IndexSearch({
      calls,
      pages: this.#pages,
      indices: this.indices,
      entries: () => this.entries(),
      candidates: (query, from, call) => this._candidates(query, from, call),
      forget: (query, ids, call) => this._forget(query, ids, call),
    })
    this.#preparation = new Preparation(this._prepare && ((call) => this._prepare?.(call)))
  }

  /** True if the driver's indexes are always whole, or if `_candidates` checks it. */
  protected readonly _seesWholeIndexes: boolean = false

  /**
   * Makes searches read all records until the index is known to be whole, because a record that was written before its
   * field was indexed has no entry. Must be called before the first use.
   *
   * @param marks the records that note which indexes are whole
   */
  keepCoverage(type: string, marks: Records): void {
    if (this._seesWholeIndexes) return
    const coverage = new IndexCoverage(type, this.indices, marks)
    this.#search.coverage = coverage
    if (this.indices.length === 0) return
    const isEmpty = (call: Call) => this.#pages.areEmpty((from) => this._page(from, call))
    this.#preparation.add((call) => coverage.begin(() => isEmpty(call), call))
  }

  /** Same as `_read`, for a bank that does not have to wait. Its reads need no deadline. */
  protected _readNow?(id: string): StoredRecord | null

  /** Returns the record with an id, expired or not. */
  protected abstract _read(id: string, call: Call): Promise<StoredRecord | null>

  /** Writes atomically. Returns the new revision; null if the condition failed and nothing was written. */
  protected abstract _write(id: string, record: NewRecord, condition: Condition, call: Call): Promise<Revision | null>

  /** Changes the expiry of a live record atomically. Returns false if the condition failed. */
  protected abstract _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean>

  /** Deletes a record. Returns false if there was none. */
  protected abstract _delete(id: string, call: Call): Promise<boolean>

  /** Returns a page of records from `from` on, in any stable order. May contain expired records. */
  protected abstract _page(from: unknown, call: Call): Promise<Page>

  /** Returns a page of records that may have the token, from `from` on. The base class checks each of them. */
  protected abstract _candidates(query: IndexQuery, from: unknown, call: Call): Promise<Page>

  /** Returns how many records are live at the time `now`. Includes records that were created later than `now`. */
  protected abstract _count(now: number, call: Call): Promise<number>

  /** Removes records, including expired ones. Returns the position to continue from; undefined if all are removed. */
  protected abstract _clear(from: unknown, call: Call): Promise<unknown>

  /** Removes at most `limit` expired records. Checks again, atomically for each, whether it is still expired. */
  protected abstract _deleteExpired(limit: number, now: number, call: Call): Promise<number>

  /** Removes from an index the ids of records that no longer have the value. Most indexes do not need this. */
  protected async _forget(_query: IndexQuery, _ids: string[], _call: Call): Promise<void> {}

  /**
   * Returns the `sync` of a driver whose writes are synchronous, with the checks of all other writes. For drivers
   * without `_prepare`, whose indexes always have all records.
   */
  protected syncOf(writes: DriverSyncWrites): SyncWrites {
    return syncWrites(writes, this.#checks, this.calls)
  }

  /** Called before the first write of a type, for example to create indexes. Writes wait for it. Retried if it fails. */
  protected _prepare?(call: Call): Promise<void>

  read(id: string, options?: CallOptions): Promise<StoredRecord | null> {
    if (this._readNow) return attempt(() => Promise.resolve(this.readNow(id) ?? null))
    if (!this.#checks.isStorable(id)) return Promise.resolve(null)
    const now = this.now()
    return this.calls.read(
      (call) => this._read(id, call),
      options,
      (record) => ifLive(record, now),
    )
  }

  readNow(id: string): StoredRecord | null | undefined {
    if (!this._readNow) return undefined
    if (!this.#checks.isStorable(id)) return null
    return this.calls.now(() => ifLive(this._readNow?.(id) ?? null, this.now()))
  }

  write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    try {
      const record = this.#checks.record(id, json, options)
      const condition = this.#checks.condition(options)
      const write = (call: Call) => this._write(id, record, condition, call)
      this.#hasWritten = true
      return this.calls.write(this.#preparation.before(write), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  touch(id: string, expires: number | null, options: TouchOptions = {}): Promise<boolean> {
    try {
      const touch = this.#checks.touch(expires, options)
      if (!this.#checks.isStorable(id)) return Promise.resolve(false)
      const condition = this.#checks.conditionOfTouch(options)
      this.#hasWritten = true
      return this.calls.write((call) => this._touch(id, touch, condition, call), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  delete(id: string, options?: CallOptions): Promise<boolean> {
    if (!this.#checks.isStorable(id)) return Promise.resolve(false)
    return this.calls.write((call) => this._delete(id, call), options)
  }

  entries(options?: StreamOptions): AsyncGenerator<[string, StoredRecord]> {
    return this.#pages.live((from, call) => this._page(from, call), options)
  }

  async *find(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    assertScalar(value)
    yield* this.#search.hits(field, [indexToken(field, value)], (record) => holds(record, field, value))
  }

  candidates(field: string, tokens: readonly string[]): AsyncGenerator<[string, StoredRecord]> {
    // A token may stand for many values, so the entry of a live record is never removed.
    return this.#search.hits(field, tokens, () => true)
  }

  count(options?: CallOptions): Promise<number> {
    return this.calls.read((call) => this._count(this.now(), call), options)
  }

  countExpired(options?: CallOptions): Promise<number> {
    return this.calls.read(async (call) => {
      const all = await this._count(-LAST_DATE, call)
      return Math.max(all - (await this._count(this.now(), call)), 0)
    }, options)
  }

  /** Retried like a read, because removing an absent record does no harm. */
  async clear(options?: CallOptions): Promise<void> {
    for (let from: unknown; ; ) {
      const start = from
      from = await this.calls.read((call) => this._clear(start, call), options)
      if (from === undefined) return
    }
  }

  async deleteExpired(limit: number, options?: CallOptions): Promise<number> {
    const most = Math.floor(limit)
    const takenBack = this.#hasWritten ? this.#search.coverage?.takeBack() : undefined
    const removed = most > 0 ? await this.calls.read((call) => this._deleteExpired(most, this.now(), call), options) : 0
    await takenBack
    return removed
  }
}

function ifLive(record: StoredRecord | null, now: number): StoredRecord | null {
  return record && isLive(record.expires, now) ? record : null
}
