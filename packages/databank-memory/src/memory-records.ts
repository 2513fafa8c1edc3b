import {
  type Condition,
  type IndexQuery,
  type NewRecord,
  nextTurn,
  type Page,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import { type Entry, IDS } from './stored-form.ts'
import type { Table } from './table.ts'

/** How many records are listed or removed in one turn of the event loop. */
const PAGE = 100

/** The records of one type in memory. Operations on a single record take effect synchronously. */
export class MemoryRecords extends RecordsBase {
  readonly #table: Table

  protected override readonly _seesWholeIndexes = true

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#table = connection.table(type, this.indices)
  }

  override readonly sync = this.syncOf({
    write: (id, record, condition) => this.#table.write(id, record, condition),
    touch: (id, touch, condition) => this.#table.touch(id, touch, condition),
    delete: (id) => this.#table.delete(id, this.now()),
  })

  protected override _readNow(id: string): StoredRecord | null {
    return this.#table.read(id)?.record ?? null
  }

  protected override async _read(id: string): Promise<StoredRecord | null> {
    return this._readNow(id)
  }

  protected override _write(id: string, record: NewRecord, condition: Condition): Promise<Revision | null> {
    return Promise.resolve(this.#table.write(id, record, condition))
  }

  protected override _touch(id: string, touch: Touch, condition: Condition): Promise<boolean> {
    return Promise.resolve(this.#table.touch(id, touch, condition))
  }

  protected override _delete(id: string): Promise<boolean> {
    return Promise.resolve(this.#table.delete(id, this.now()))
  }

  protected override _page(from: unknown): Promise<Page> {
    return this.#pageOf(from, () => this.#table.all())
  }

  protected override _candidates({ field, token }: IndexQuery, from: unknown): Promise<Page> {
    return this.#pageOf(from, () => this.#table.with(field, token))
  }

  /** The position is a Map's or Set's iterator: it continues correctly after changes, and needs no closing. */
  async #pageOf(from: unknown, begin: () => Iterator<Entry>): Promise<Page> {
    if (from !== undefined) await nextTurn()
    const entries = (from as Iterator<Entry> | undefined) ?? begin()
    const records: Page['records'] = []
    for (let looked = 0; looked < PAGE; looked++) {
      const { done, value } = entries.next()
      if (done) return { records }
      if (this.#table.has(value)) records.push([value.id, value.record])
    }
    return { records, next: entries }
  }

  protected override async _count(now: number): Promise<number> {
    return this.#table.count(now)
  }

  protected override async _clear(): Promise<undefined> {
    this.#table.clear()
  }

  protected override async _deleteExpired(limit: number, now: number): Promise<number> {
    for (let deleted = 0; ; ) {
      const most = Math.min(PAGE, limit - deleted)
      const removed = this.#table.removeEnded(most, now)
      deleted += removed
      if (removed < most || deleted === limit) return deleted
      await nextTurn()
      if (this.calls.isClosing) return deleted
    }
  }
}
