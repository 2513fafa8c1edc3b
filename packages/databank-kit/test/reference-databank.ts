import {
  checkedExpiry,
  DriverDatabank,
  type DriverOptions,
  holds,
  type JsonScalar,
  laterExpiry,
  type Records,
  type StoredRecord,
  type TouchOptions,
  type WriteOptions,
  wellFormed,
} from '../src/index.ts'

type Tables = Map<string, Map<string, StoredRecord>>

/** The simplest implementation of the contract, in memory, for tests of the base class and of the conformance suite. */
export class ReferenceDatabank extends DriverDatabank {
  readonly #tables: Tables

  constructor(params: DriverOptions = {}, tables: Tables = new Map()) {
    super(params)
    this.#tables = tables
  }

  protected async _open(): Promise<void> {}

  protected async _close(): Promise<void> {}

  protected _records(type: string): ReferenceRecords {
    const table = this.#tables.get(type) ?? new Map()
    this.#tables.set(type, table)
    return new ReferenceRecords(table)
  }
}

/** Shared by all connections, so that all revisions are different. */
let revisions = 0

export class ReferenceRecords implements Records {
  constructor(readonly table: Map<string, StoredRecord>) {}

  isLive(record: StoredRecord | undefined): record is StoredRecord {
    return record !== undefined && (record.expires === null || record.expires > Date.now())
  }

  async read(id: string): Promise<StoredRecord | null> {
    const record = this.table.get(id)
    return this.isLive(record) ? { ...record } : null
  }

  async write(id: string, json: string, { expires, ifRevision, extend }: WriteOptions): Promise<string | null> {
    const end = checkedExpiry(expires)
    const record = this.table.get(id)
    const live = this.isLive(record) ? record : null
    if (ifRevision !== undefined && ifRevision !== (live?.revision ?? null)) return null
    const atLeast = extend && typeof ifRevision === 'string' && live ? live.expires : end
    const revision = `r${++revisions}`
    this.table.set(id, { json: wellFormed(json), expires: laterExpiry(end, atLeast), revision })
    return revision
  }

  async touch(id: string, expires: number | null, { ifRevision, extend }: TouchOptions = {}): Promise<boolean> {
    const end = checkedExpiry(expires)
    const record = this.table.get(id)
    if (!this.isLive(record) || (ifRevision !== undefined && ifRevision !== record.revision)) return false
    this.table.set(id, { ...record, expires: extend ? laterExpiry(end, record.expires) : end })
    return true
  }

  async delete(id: string): Promise<boolean> {
    const record = this.table.get(id)
    this.table.delete(id)
    return this.isLive(record)
  }

  async *entries(): AsyncGenerator<[string, StoredRecord]> {
    for (const [id, record] of this.table) if (this.isLive(record)) yield [id, { ...record }]
  }

  async *find(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    for await (const entry of this.entries()) if (holds(entry[1], field, value)) yield entry
  }

  async count(): Promise<number> {
    return [...this.table.values()].filter((record) => this.isLive(record)).length
  }

  async countExpired(): Promise<number> {
    return this.table.size - (await this.count())
  }

  async clear(): Promise<void> {
    this.table.clear()
  }

  async deleteExpired(limit: number): Promise<number> {
    const dead = [...this.table].filter(([, record]) => !this.isLive(record)).slice(0, limit)
    for (const [id] of dead) this.table.delete(id)
    return dead.length
  }
}
