import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  checkedExpiry,
  holds,
  InvalidValueError,
  indexToken,
  isScalar,
  type JsonScalar,
  laterExpiry,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  valueAt,
  type WriteOptions,
  wellFormed,
} from '@sessionbank/databank-kit'
import type { Database, Key } from 'lmdb'
import type { Connection } from './connection.ts'
import { readError, writeError } from './disk-errors.ts'
import { assertStorable, isStorable } from './ids.ts'
import { newRevision } from './revision.ts'
import { bodyIn, encode, encodeBody, expiresIn, jsonIn, revisionIn, type Token, tokensIn } from './stored-form.ts'
import type { ExpiryKey, IndexKey, Table } from './table.ts'

/** How many keys are read, or records deleted, before the event loop has its turn. */
const PAGE = 250

/** An entry of the expiry or of an index is its key alone. */
const NOTHING = Buffer.alloc(0)

/** What a change can be besides a new stored form. */
const REMOVE = Symbol('remove')
const KEEP = Symbol('keep')

/** The token of a record whose field holds no scalar; no token of the kit's looks like it. */
const NO_SCALAR = '-'

interface Range<K> {
  start?: K
  end?: K
}

/** A record as it was read for a change, expired or not. */
interface Seen {
  stored: string
  /** LMDB's own number for this state of the record. */
  version: number
}

/** The records of one type in an LMDB folder. */
export class DiskRecords implements Records {
  readonly #connection: Connection
  readonly #table: Table
  readonly #indices: readonly string[]

  constructor(connection: Connection, table: Table, indices: readonly string[]) {
    this.#connection = connection
    this.#table = table
    this.#indices = [...new Set(indices)]
    for (const field of this.#indices) table.index(field)
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (!isStorable(id)) return null
    this.#connection.refresh()
    return this.#read(id)
  }

  async write(id: string, json: string, { expires, ifRevision, extend }: WriteOptions): Promise<Revision | null> {
    assertStorable(id)
    const end = checkedExpiry(expires)
    const kept = wellFormed(json)
    const body = encodeBody(this.#tokensOf(kept), kept)
    const revision = newRevision()
    const written = await this.#change(id, (live) => {
      if (ifRevision !== undefined && ifRevision !== (live === null ? null : revisionIn(live))) return KEEP
      const extended = extend && ifRevision !== undefined && live !== null
      return encode(revision, extended ? laterExpiry(end, expiresIn(live)) : end, body)
    })
    return written ? revision : null
  }

  async touch(id: string, expires: number | null, { ifRevision, extend }: TouchOptions = {}): Promise<boolean> {
    const end = checkedExpiry(expires)
    if (!isStorable(id)) return false
    return this.#change(id, (live) => {
      if (live === null || (ifRevision !== undefined && ifRevision !== revisionIn(live))) return KEEP
      return encode(revisionIn(live), extend ? laterExpiry(end, expiresIn(live)) : end, bodyIn(live))
    })
  }

  async delete(id: string): Promise<boolean> {
    if (!isStorable(id)) return false
    return this.#change(id, (live) => (live === null ? KEEP : REMOVE))
  }

  async *entries(): AsyncGenerator<[string, StoredRecord]> {
    for await (const ids of this.#pages(this.#table.records, {})) {
      for (const id of ids) yield* this.#entry(id)
    }
  }

  async *find(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    for await (const [id, record] of this.#candidates(field, value)) {
      if (holds(record, field, value)) yield [id, record]
    }
  }

  async count(): Promise<number> {
    this.#connection.refresh()
    try {
      return this.#table.size() - this.#table.expiry.getKeysCount({ end: endOfDue() })
    } catch (error) {
      throw readError(error)
    }
  }

  async clear(): Promise<void> {
    return this.#connection.track(async () => {
      do this.#connection.refresh()
      while (!(await this.#clear()))
    })
  }

  async #clear(): Promise<boolean> {
    try {
      return await this.#table.clear()
    } catch (error) {
      throw await writeError(error)
    }
  }

  async deleteExpired(limit: number): Promise<number> {
    return this.#connection.track(async () => {
      const { expiry } = this.#table
      const range: Range<ExpiryKey> = { end: endOfDue() }
      let deleted = 0
      while (deleted < limit && !this.#connection.closing) {
        const due = this.#page(expiry, range, Math.min(PAGE, limit - deleted))
        if (due.length === 0) break
        const results = await Promise.all(due.map(([, id]) => this.#deleteIfDue(id)))
        deleted += results.filter(Boolean).length
        range.start = due.at(-1) as ExpiryKey
      }
      return deleted
    })
  }

  /** One attempt: whoever has changed the record meanwhile has taken it off the list of what is due, or put it there anew. */
  async #deleteIfDue(id: string): Promise<boolean> {
    const seen = this.#see(id)
    if (!seen || isLive(seen.stored)) return false
    return this.#commit(id, seen, REMOVE)
  }

  #read(id: string): StoredRecord | null {
    let stored: string | undefined
    try {
      stored = this.#table.records.get(id)
    } catch (error) {
      throw readError(error)
    }
    if (stored === undefined) return null
    const expires = expiresIn(stored)
    if (expires !== null && expires <= Date.now()) return null
    return { json: jsonIn(stored), revision: revisionIn(stored), expires }
  }

  #see(id: string): Seen | null {
    try {
      const entry = this.#table.records.getEntry(id)
      return entry ? { stored: entry.value, version: entry.version as number } : null
    } catch (error) {
      throw readError(error)
    }
  }

  /**
   * Reads, decides and writes, again and again until nobody wrote in between. `decide` is given the live record and gives
   * what to put in its place.
   *
   * @returns whether anything was done, once it is on disk
   */
  #change(id: string, decide: (live: string | null) => string | typeof REMOVE | typeof KEEP): Promise<boolean> {
    return this.#connection.track(async () => {
      for (;;) {
        this.#connection.refresh()
        const seen = this.#see(id)
        const next = decide(seen && isLive(seen.stored) ? seen.stored : null)
        if (next === KEEP) return false
        if (await this.#commit(id, seen, next)) return true
      }
    })
  }

  /** Writes the record, its expiry and its index entries in one transaction, unless the record is no longer as it was seen. */
  async #commit(id: string, seen: Seen | null, next: string | typeof REMOVE): Promise<boolean> {
    try {
      const writes = this.#writes(id, seen ? seen.stored : null, next)
      const { records } = this.#table
      return await (seen ? records.ifVersion(id, seen.version, writes) : records.ifNoExists(id, writes))
    } catch (error) {
      throw await writeError(error)
    }
  }

  /** What to write. It must not fail half-way: LMDB would keep the first half. */
  #writes(id: string, before: string | null, next: string | typeof REMOVE): () => void {
    const { records, expiry } = this.#table
    const after = next === REMOVE ? null : next
    const [oldEnd, newEnd] = [expiryKeyOf(before), expiryKeyOf(after)]
    const [oldTokens, newTokens] = changedTokens(before, after)
    const removed = oldTokens.map(([field, token]) => ({ index: this.#table.index(field), token }))
    const added = newTokens.map(([field, token]) => ({ index: this.#table.index(field), token }))
    return () => {
      if (after === null) records.remove(id)
      else records.put(id, after, newVersion())
      if (oldEnd !== newEnd) {
        if (oldEnd !== null) expiry.remove([oldEnd, id])
        if (newEnd !== null) expiry.put([newEnd, id], NOTHING)
      }
      for (const { index, token } of removed) index.remove([token, id])
      for (const { index, token } of added) index.put([token, id], NOTHING)
    }
  }

  #tokensOf(json: string): Token[] {
    if (this.#indices.length === 0) return []
    const value = parse(json)
    return this.#indices.map((field) => {
      const found = valueAt(value, field)
      // Each field has a database of its own, so that the token need not name it.
      return [field, isScalar(found) ? indexToken('', found) : NO_SCALAR]
    })
  }

  /** By the index, if every record of the type is in it: those that a bank without this index wrote are not. */
  async *#candidates(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    if (!isScalar(value) || !this.#hasAllInIndex(field)) {
      yield* this.entries()
      return
    }
    const token = indexToken('', value)
    // The least text above all that begins with the token and the separator, which is a NUL.
    const range = { start: [token], end: [`${token}\u0001`] }
    for await (const keys of this.#pages(this.#table.index(field), range as Range<IndexKey>)) {
      for (const [, id] of keys) yield* this.#entry(id)
    }
  }

  #hasAllInIndex(field: string): boolean {
    if (!this.#indices.includes(field)) return false
    this.#connection.refresh()
    try {
      return this.#table.isComplete(field)
    } catch (error) {
      throw readError(error)
    }
  }

  /** The record as it is now: it may have gone since its key was listed. */
  *#entry(id: string): Generator<[string, StoredRecord]> {
    this.#connection.assertOpen()
    this.#connection.refresh()
    const record = this.#read(id)
    if (record) yield [id, record]
  }

  /** Lists keys page by page: an open cursor would pin space in the file, and crash the process if LMDB were closed. */
  async *#pages<K extends Key>(database: Database<unknown, K>, range: Range<K>): AsyncGenerator<K[]> {
    for (let start = range.start; ; ) {
      this.#connection.assertOpen()
      const keys = this.#page(database, start === undefined ? range : { ...range, start }, PAGE)
      if (keys.length > 0) yield keys
      if (keys.length < PAGE) return
      start = keys.at(-1)
      await nextTurn()
    }
  }

  #page<K extends Key>(database: Database<unknown, K>, range: Range<K>, limit: number): K[] {
    this.#connection.refresh()
    try {
      return [...database.getKeys({ ...range, exclusiveStart: range.start !== undefined, limit })]
    } catch (error) {
      throw readError(error)
    }
  }
}

/** The version of a state must not come again, not even after the record was removed and made anew. */
function newVersion(): number {
  return Math.random()
}

function isLive(stored: string): boolean {
  const expires = expiresIn(stored)
  return expires === null || expires > Date.now()
}

/** When a record is due, as it stands in the expiry: a whole ms, and 0 rather than -0, which LMDB would put elsewhere. */
function expiryKeyOf(stored: string | null): number | null {
  const expires = stored === null ? null : expiresIn(stored)
  return expires === null ? null : Math.ceil(expires) + 0
}

/** The end of the range of all that is due now. */
function endOfDue(): ExpiryKey {
  return [Date.now() + 1] as unknown as ExpiryKey
}

/** The index entries that a change takes away, and those that it brings. */
function changedTokens(before: string | null, after: string | null): [removed: Token[], added: Token[]] {
  const [old, now] = [tokensIn(before), tokensIn(after)]
  return [without(old, now), without(now, old)]
}

function without(tokens: Token[], others: Token[]): Token[] {
  return tokens.filter(([field, token]) => !others.some(([f, t]) => f === field && t === token))
}

/** Without a cause: the parser's own error quotes the text. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('the value is not JSON')
  }
}
