import type { Database } from 'lmdb'
import { type Environment, nameOf } from './environment.ts'

export type ExpiryKey = [expires: number, id: string]
export type IndexKey = [token: string, id: string]

/** The databases of one type. */
export class Table {
  /** The record of an id. Its version in LMDB changes with every change, touches too. */
  readonly records: Database<string, string>
  /** The end of each record that has one, in order; rounded up to a whole ms. */
  readonly expiry: Database<Buffer, ExpiryKey>
  readonly #indexes = new Map<string, Database<Buffer, IndexKey>>()
  readonly #environment: Environment
  readonly #name: string

  constructor(environment: Environment, name: string) {
    this.#environment = environment
    this.#name = name
    const { root } = environment
    const both = root.transactionSync(() => ({
      records: root.openDB<string, string>({ name: `${name}/records`, encoding: 'string', useVersions: true }),
      expiry: root.openDB<Buffer, ExpiryKey>({ name: `${name}/expiry`, encoding: 'binary' }),
    }))
    this.records = both.records
    this.expiry = both.expiry
  }

  /** The index of a field, made where there is none. */
  index(field: string): Database<Buffer, IndexKey> {
    let index = this.#indexes.get(field)
    if (!index) {
      index = this.#openIndex(field)
      this.#indexes.set(field, index)
    }
    return index
  }

  #openIndex(field: string): Database<Buffer, IndexKey> {
    const { root, meta } = this.#environment
    return root.transactionSync(() => {
      const fields = this.#indexedFields().fields
      if (!fields.includes(field)) meta.put(this.#metaKey, JSON.stringify([...fields, field]), Math.random())
      return root.openDB<Buffer, IndexKey>({ name: `${this.#name}/tokens/${nameOf(field)}`, encoding: 'binary' })
    })
  }

  /** How many records there are, expired ones too. */
  size(): number {
    // The statistics are those of a read transaction, which only a read begins.
    this.records.doesExist('any')
    return entryCount(this.records)
  }

  /** Whether every record is in the index of this field. */
  isComplete(field: string): boolean {
    return this.size() === entryCount(this.index(field))
  }

  /**
   * Empties all databases of the type at once.
   *
   * @returns false where another process had an index made meanwhile, and nothing was done
   */
  async clear(): Promise<boolean> {
    const { meta } = this.#environment
    const { fields, version } = this.#indexedFields()
    const indexes = fields.map((field) => this.index(field))
    const empty = () => {
      this.records.clearAsync()
      this.expiry.clearAsync()
      for (const index of indexes) index.clearAsync()
    }
    return version === null ? meta.ifNoExists(this.#metaKey, empty) : meta.ifVersion(this.#metaKey, version, empty)
  }

  get #metaKey(): string {
    return `indexes/${this.#name}`
  }

  /** Every field that any process has ever had indexed in this type. */
  #indexedFields(): { fields: string[]; version: number | null } {
    const entry = this.#environment.meta.getEntry(this.#metaKey)
    if (!entry) return { fields: [], version: null }
    return { fields: JSON.parse(entry.value), version: entry.version ?? null }
  }
}

function entryCount(database: { getStats(): object }): number {
  return (database.getStats() as { entryCount: number }).entryCount
}
