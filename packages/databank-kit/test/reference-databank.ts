import {
  DriverDatabank,
  type DriverParams,
  type JsonScalar,
  type Records,
  type StoredRecord,
  type TouchOptions,
  valueAt,
  type WriteOptions,
} from '../src/index.ts'

type Tables = Map<string, Map<string, StoredRecord>>

/** The contract in its plainest form, in memory: what the base class and the conformance suite are tried on. */
export class ReferenceDatabank extends DriverDatabank {
  readonly #tables: Tables

  constructor(params: DriverParams = {}, tables: Tables = new Map()) {
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

export class ReferenceRecords implements Records {
  revisions = 0

  constructor(readonly table: Map<string, StoredRecord>) {}

  isLive(record: StoredRecord | undefined): record is StoredRecord {
    return record !== undefined && (record.expires === null || record.expires > Date.now())
  }

  async read(id: string): Promise<StoredRecord | null> {
    const record = this.table.get(id)
    return this.isLive(record) ? { ...record } : null
  }

  async write(id: string, json: string, { expires, ifRevision }: WriteOptions): Promise<string | null> {
    const record = this.table.get(id)
    const current = this.isLive(record) ? record.revision : null
    if (ifRevision !== undefined && ifRevision !== current) return null
    const revision = `r${++this.revisions}`
    this.table.set(id, { json, expires, revision })
    return revision
  }

  async touch(id: string, expires: number | null, { ifRevision }: TouchOptions = {}): Promise<boolean> {
    const record = this.table.get(id)
    if (!this.isLive(record) || (ifRevision !== undefined && ifRevision !== record.revision)) return false
    this.table.set(id, { ...record, expires })
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
    for await (const entry of this.entries()) if (valueAt(JSON.parse(entry[1].json), field) === value) yield entry
  }

  async count(): Promise<number> {
    return [...this.table.values()].filter((record) => this.isLive(record)).length
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
