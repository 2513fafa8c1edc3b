import { type NextRecord, nextTurn, type StoredRecord } from '@sessionbank/databank-kit'
import type { Database, DatabaseOptions, Key, RootDatabase } from 'lmdb'
import { entriesOnlyIn, nameOf, recordIn, type SeenRecord, textOf, tokensIn, tokensOf } from './stored-form.ts'

export type ExpiryKey = [expires: number, id: string]
export type IndexKey = [token: string, id: string]

/** Entries of the expiry and of indexes have a key only. */
const NOTHING = Buffer.alloc(0)
const KEYS_ONLY: DatabaseOptions = { encoding: 'binary' }

/** The databases of one type. */
export class Table {
  /** The records as text, by id. */
  readonly records: Database<string, string>
  /** The expiry of each record that has one, in order. */
  readonly expiry: Database<Buffer, ExpiryKey>
  readonly #indexes = new Map<string, Database<Buffer, IndexKey>>()
  readonly #root: RootDatabase
  readonly #prefix: string
  readonly #indices: readonly string[]

  constructor(root: RootDatabase, type: string, indices: readonly string[]) {
    this.#root = root
    this.#prefix = `${nameOf(type)}/`
    this.#indices = indices
    this.records = this.#open('records', { encoding: 'string', useVersions: true })
    this.expiry = this.#open('expiry', KEYS_ONLY)
    for (const field of indices) this.index(field)
  }

  /** Opens or creates a database, in a transaction, because lmdb does not flush a transaction that it begins itself. */
  #open<V, K extends Key>(part: string, options: DatabaseOptions): Database<V, K> {
    return this.#root.transactionSync(() => this.#root.openDB<V, K>({ name: this.#prefix + part, ...options }))
  }

  /** Returns the index of a field. Needed even for undeclared fields, to remove changed records from their indexes. */
  index(field: string): Database<Buffer, IndexKey> {
    let index = this.#indexes.get(field)
    if (!index) {
      index = this.#open<Buffer, IndexKey>(`tokens/${nameOf(field)}`, KEYS_ONLY)
      this.#indexes.set(field, index)
    }
    return index
  }

  read(id: string): StoredRecord | null {
    const text = this.records.get(id)
    return text === undefined ? null : recordIn(text)
  }

  see(id: string): SeenRecord | null {
    const entry = this.records.getEntry(id)
    return entry ? { record: recordIn(entry.value), text: entry.value, version: entry.version as number } : null
  }

  /**
   * Writes a record, its expiry and its index entries in one transaction. If `next` is null, removes them.
   *
   * @returns true when the change is on disk; false if the record was changed meanwhile, and nothing was written
   */
  swap(id: string, seen: SeenRecord | null, next: NextRecord | null): Promise<boolean> {
    const { records } = this
    const writes = this.#writes(id, seen, next)
    return written(() => (seen ? records.ifVersion(id, seen.version, writes) : records.ifNoExists(id, writes)))
  }

  /** Returns a function that does the writes. It must not throw half-way, because LMDB would keep the first half. */
  #writes(id: string, seen: SeenRecord | null, next: NextRecord | null): () => void {
    const { records, expiry } = this
    const [oldEnd, newEnd] = [seen?.record.expires ?? null, next?.expires ?? null]
    const oldTokens = seen ? tokensIn(seen.text) : ''
    const newTokens = next ? this.#tokensAfter(next, seen, oldTokens) : ''
    const removed = this.#places(entriesOnlyIn(oldTokens, newTokens))
    const added = this.#places(entriesOnlyIn(newTokens, oldTokens))
    const text = next && textOf(next, newTokens)
    // These promises are not awaited: the surrounding transaction resolves when all is on disk.
    return () => {
      // A version must never repeat, even if the record is removed and created again.
      if (text !== null) void records.put(id, text, Math.random())
      else void records.remove(id)
      if (oldEnd !== newEnd) {
        if (oldEnd !== null) void expiry.remove([oldEnd, id])
        if (newEnd !== null) void expiry.put([newEnd, id], NOTHING)
      }
      for (const { index, token } of removed) void index.remove([token, id])
      for (const { index, token } of added) void index.put([token, id], NOTHING)
    }
  }

  /** A touch has no new revision and keeps the index entries, because this bank may not declare all indexed fields. */
  #tokensAfter({ revision, tokens }: NextRecord, seen: SeenRecord | null, stored: string): string {
    return tokens && revision !== seen?.record.revision ? tokensOf(this.#indices, tokens) : stored
  }

  #places(entries: [field: string, token: string][]) {
    return entries.map(([field, token]) => ({ index: this.index(field), token }))
  }

  /** Returns the number of records, expired ones included. */
  size(): number {
    // Begins a read transaction, from which the statistics are read.
    this.records.doesExist('any')
    return entryCount(this.records)
  }

  /**
   * Returns true if the index of this field has every record. Banks that do not declare it write records without it.
   */
  isComplete(field: string): boolean {
    return this.size() === entryCount(this.index(field))
  }

  /** Empties all databases of the type in one transaction, including indexes that only other banks declare. */
  async clear(): Promise<void> {
    const names = this.#names()
    const databases = names.map((name) => this.#root.openDB({ name, ...KEYS_ONLY }))
    const clearAll = () => {
      for (const database of databases) void database.clearAsync()
    }
    await written(() => this.#root.batch(clearAll))
    this.#root.resetReadTxn()
    // An index that another process created meanwhile may have entries of removed records.
    if (this.#names().length > names.length) await this.clear()
  }

  /**
   * Returns the names of the type's databases, which are keys of the root database. "0" follows "/" in the order of
   * keys.
   */
  #names(): string[] {
    return [...this.#root.getKeys({ start: this.#prefix, end: this.#prefix.replace('/', '0') })] as string[]
  }
}

/**
 * Resolves when LMDB's write is on disk: true if its condition held. LMDB reports the cause of a failed commit by a
 * second promise, which would be an unhandled rejection if it were not awaited.
 */
async function written(write: () => Promise<boolean>): Promise<boolean> {
  try {
    return await write()
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<unknown> }
    const reason = commitError?.then(
      () => error,
      (cause) => cause,
    )
    throw await Promise.race([reason ?? error, nextTurn().then(() => error)])
  }
}

function entryCount(database: { getStats(): object }): number {
  return (database.getStats() as { entryCount: number }).entryCount
}
