import {
  type Call,
  type IndexQuery,
  isLive,
  type NextRecord,
  type Page,
  type StoredRecord,
  SwapRecords,
} from '@sessionbank/databank-kit'
import type { Database, Key } from 'lmdb'
import type { Connection } from './connection.ts'
import { IDS, newRevision, type SeenRecord, withoutField } from './stored-form.ts'
import { type ExpiryKey, type IndexKey, Table } from './table.ts'

/** How many keys are read or records deleted in one turn of the event loop. */
const PAGE = 250

interface Range<K> {
  start?: K
  end?: K
}

/** The records of one type in an LMDB folder. */
export class DiskRecords extends SwapRecords<SeenRecord> {
  readonly #connection: Connection
  readonly #table: Table

  protected override readonly _seesWholeIndexes = true

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#table = new Table(connection.environment.root, type, this.indices)
  }

  protected override _readNow(id: string): StoredRecord | null {
    this.#connection.refresh()
    return this.#table.read(id)
  }

  protected override _see(id: string): SeenRecord | null {
    this.#connection.refresh()
    return this.#table.see(id)
  }

  protected override _swap(id: string, seen: SeenRecord | null, next: NextRecord | null, call: Call) {
    this.#connection.assertInPlace()
    call.assertInTime()
    call.sent = true
    return this.#table.swap(id, seen, next)
  }

  protected override _newRevision() {
    return newRevision()
  }

  protected override async _delete(id: string, call: Call): Promise<boolean> {
    for (;;) {
      const seen = this._see(id)
      if (!seen || !isLive(seen.record.expires, this.now())) return false
      if (await this._swap(id, seen, null, call)) return true
    }
  }

  protected override async _page(from: unknown): Promise<Page> {
    return this.#pageOf(this.#table.records, { start: from as string }, (id) => id)
  }

  /**
   * Uses the index if it has every record, else lists all records. Later pages are read from the same place as the
   * first one.
   */
  protected override async _candidates({ field, token }: IndexQuery, from: unknown): Promise<Page> {
    this.#connection.refresh()
    const isIndexed = from === undefined ? this.#table.isComplete(field) : Array.isArray(from)
    if (!isIndexed) return this._page(from)
    // The range ends just above all keys that begin with the token and the separator, which is a NUL.
    const value = withoutField(field, token)
    const range = { start: from ?? [value], end: [`${value}\u0001`] } as unknown as Range<IndexKey>
    return this.#pageOf(this.#table.index(field), range, ([, id]) => id)
  }

  protected override async _count(now: number): Promise<number> {
    this.#connection.refresh()
    return this.#table.size() - this.#table.expiry.getKeysCount({ end: endOfDue(now) })
  }

  protected override async _clear(_from: unknown, call: Call): Promise<undefined> {
    this.#connection.refresh()
    call.sent = true
    await this.#table.clear()
  }

  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    const range: Range<ExpiryKey> = { end: endOfDue(now) }
    let deleted = 0
    while (deleted < limit && !call.isOver && !this.calls.isClosing) {
      const due = this.#keys(this.#table.expiry, range, Math.min(PAGE, limit - deleted))
      if (due.length === 0) break
      call.sent = true
      const results = await Promise.all(due.map(([, id]) => this.#deleteIfDue(id, now)))
      deleted += results.filter(Boolean).length
      range.start = due.at(-1) as ExpiryKey
    }
    return deleted
  }

  /** Tries once: a writer that changed the record meanwhile has also removed or replaced its expiry entry. */
  async #deleteIfDue(id: string, now: number): Promise<boolean> {
    const seen = this.#table.see(id)
    return seen !== null && !isLive(seen.record.expires, now) && this.#table.swap(id, seen, null)
  }

  /**
   * Lists keys, then reads their records. An open cursor would keep LMDB from reusing space in the file, and would
   * crash the process if LMDB were closed.
   */
  #pageOf<K extends Key>(database: Database<unknown, K>, range: Range<K>, idOf: (key: K) => string): Page {
    const keys = this.#keys(database, range, PAGE)
    const records = keys.map((key): Page['records'][number] => [idOf(key), this.#table.read(idOf(key))])
    return keys.length < PAGE ? { records } : { records, next: keys.at(-1) }
  }

  #keys<K extends Key>(database: Database<unknown, K>, range: Range<K>, limit: number): K[] {
    this.#connection.refresh()
    return [...database.getKeys({ ...range, exclusiveStart: range.start !== undefined, limit })]
  }
}

/** Returns the end of the range of all expired entries. */
function endOfDue(now: number): ExpiryKey {
  return [now + 1] as unknown as ExpiryKey
}
