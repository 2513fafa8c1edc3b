import {
  type Call,
  type Condition,
  type IndexQuery,
  laterExpiry,
  type NewRecord,
  type Page,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Tokens,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Database, Key } from 'lmdb'
import type { Connection } from './connection.ts'
import { readError, writeError } from './disk-errors.ts'
import { IDS } from './ids.ts'
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
export class DiskRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #table: Table

  constructor(connection: Connection, table: Table, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#table = table
    for (const field of this.indices) table.index(field)
  }

  protected override _readNow(id: string): StoredRecord | null {
    this.#connection.refresh()
    return this.#read(id)
  }

  protected override async _read(id: string): Promise<StoredRecord | null> {
    return this._readNow(id)
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const { ifRevision, extend } = condition
    const body = encodeBody(this.#tokenList(record.tokens), record.json)
    const revision: Revision = newRevision()
    const written = await this.#change(id, call, condition, (live) => {
      if (ifRevision !== undefined && ifRevision !== (live === null ? null : revisionIn(live))) return KEEP
      const end = extend && live !== null ? laterExpiry(record.expires, expiresIn(live)) : record.expires
      return encode(revision, end, body)
    })
    return written ? revision : null
  }

  protected override _touch(id: string, { expires }: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend } = condition
    return this.#change(id, call, condition, (live) => {
      if (live === null || (ifRevision !== undefined && ifRevision !== revisionIn(live))) return KEEP
      return encode(revisionIn(live), extend ? laterExpiry(expires, expiresIn(live)) : expires, bodyIn(live))
    })
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#change(id, call, { now: Date.now() }, (live) => (live === null ? KEEP : REMOVE))
  }

  protected override async _page(from: unknown): Promise<Page> {
    return this.#pageOf(this.#table.records, { start: from as string }, (id) => id)
  }

  /** By the index, if every record of the type is in it: those that a bank without this index wrote are not. */
  protected override async _candidates({ field, token }: IndexQuery, from: unknown): Promise<Page> {
    const position = (from ?? { isIndexed: this.#hasAllInIndex(field) }) as { isIndexed: boolean; next?: unknown }
    const { isIndexed, next } = position
    // The least text above all that begins with the token and the separator, which is a NUL.
    const range = { start: next ?? [token], end: [`${token}\u0001`] } as Range<IndexKey>
    const page = isIndexed
      ? this.#pageOf(this.#table.index(field), range, ([, id]) => id)
      : await this._page(next)
    return page.next === undefined ? page : { ...page, next: { isIndexed, next: page.next } }
  }

  protected override async _count(): Promise<number> {
    this.#connection.refresh()
    return this.#table.size() - this.#table.expiry.getKeysCount({ end: endOfDue() })
  }

  protected override async _clear(_from: unknown, call: Call): Promise<undefined> {
    try {
      do {
        call.assertInTime()
        call.sent = true
        this.#connection.refresh()
      } while (!(await this.#table.clear()))
    } catch (error) {
      throw await writeError(error)
    }
  }

  protected override async _deleteExpired(limit: number, _now: number, call: Call): Promise<number> {
    const { expiry } = this.#table
    const range: Range<ExpiryKey> = { end: endOfDue() }
    let deleted = 0
    while (deleted < limit && !call.isOver) {
      const due = this.#keys(expiry, range, Math.min(PAGE, limit - deleted))
      if (due.length === 0) break
      call.sent = true
      const results = await Promise.all(due.map(([, id]) => this.#deleteIfDue(id)))
      deleted += results.filter(Boolean).length
      range.start = due.at(-1) as ExpiryKey
    }
    return deleted
  }
}
