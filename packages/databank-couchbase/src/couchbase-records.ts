import { randomUUID } from 'node:crypto'
import {
  checkedExpiry,
  holds,
  InvalidIdError,
  indexToken,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  type WriteOptions,
} from '@sessionbank/databank-kit'
import type { Cas, Collection, DurabilityLevel, Transcoder } from 'couchbase'
import type { Calls, Turn } from './calls.ts'
import { documentExpiry } from './document-expiry.ts'
import { isNamed } from './failures.ts'
import { isStorable, keyOf, keyPrefix } from './record-key.ts'
import { type ReadRecord, recordIn, textOf } from './record-text.ts'
import { countStatement, type Keyspace, keysStatement, type Statement } from './statements.ts'

/** A digest of any id would do; this keeps out what no caller can mean. */
const LONGEST_ID = 4_096
/** Keys that a stream holds at once. */
const KEY_PAGE = 1_000
/** Documents that are asked for at once. */
const READ_PAGE = 50

/** Documents are text here, and JSON to everybody else. */
const JSON_TEXT: Transcoder = {
  encode: (text: string) => [Buffer.from(text), 2 << 24],
  decode: (bytes: Buffer) => bytes.toString('utf8'),
}

type Entry = [id: string, record: StoredRecord]
type Found = ReadRecord & { cas: Cas }

export interface CouchbaseRecordsOptions {
  type: string
  /** The fields to index. */
  indices: readonly string[]
  collection: Collection
  keyspace: Keyspace
  calls: Calls
  durability: DurabilityLevel
  /** Runs a statement of SQL++, with every write before it in sight. */
  query(statement: Statement, turn: Turn): Promise<unknown[]>
  /** Resolves once the indexes are there. */
  ready(): Promise<void>
}

/** The records of one type, a document each. */
export class CouchbaseRecords implements Records {
  readonly #options: CouchbaseRecordsOptions
  readonly #prefix: string

  constructor(options: CouchbaseRecordsOptions) {
    this.#options = options
    this.#prefix = keyPrefix(options.type)
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (!isStorableId(id)) return null
    const key = keyOf(this.#prefix, id)
    const found = await this.#options.calls.read((turn) => this.#find(key, turn))
    const record = alive(found)
    return record?.id === id ? plain(record) : null
  }

  async write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    const expires = checkedExpiry(options.expires)
    if (!isStorableId(id)) {
      throw new InvalidIdError(`an id in Couchbase is up to ${LONGEST_ID} bytes of text without lone surrogates`)
    }
    const key = keyOf(this.#prefix, id)
    const revision = randomUUID()
    const { ifRevision, extend = false } = options
    const ending = (end: number | null) => this.#document({ id, json, revision }, end)
    const document = ending(expires)
    const written = await this.#options.calls.write((turn) => {
      if (ifRevision === undefined) return this.#put(key, document, turn)
      if (ifRevision === null) return this.#create(key, document, turn)
      const after = ({ expires: end }: Found) => (extend && isLater(end, expires) ? ending(end) : document)
      return this.#replace(key, ifRevision, after, turn)
    })
    return written ? revision : null
  }

  async #put(key: string, document: Document, turn: Turn): Promise<boolean> {
    const { collection } = this.#options
    await send(turn, () => collection.upsert(key, document.text, this.#mutation(document, turn)))
    return true
  }

  async #create(key: string, document: Document, turn: Turn): Promise<boolean> {
    const { collection } = this.#options
    for (;;) {
      const insert = () => collection.insert(key, document.text, this.#mutation(document, turn))
      if (await send(turn, insert, 'DocumentExistsError')) return true
      const there = await this.#find(key, turn)
      if (there === 'foreign' || alive(there)) return false
      if (there && (await this.#exchange(key, there.cas, document, turn))) return true
    }
  }

  /** @param after what to write in place of what is there. */
  async #replace(key: string, revision: Revision, after: (there: Found) => Document, turn: Turn): Promise<boolean> {
    for (;;) {
      const there = alive(await this.#find(key, turn))
      if (there?.revision !== revision) return false
      if (await this.#exchange(key, there.cas, after(there), turn)) return true
    }
  }

  async touch(id: string, end: number | null, { ifRevision, extend = false }: TouchOptions = {}): Promise<boolean> {
    const expires = checkedExpiry(end)
    if (!isStorableId(id)) return false
    const key = keyOf(this.#prefix, id)
    return this.#options.calls.write(async (turn) => {
      for (;;) {
        const there = alive(await this.#find(key, turn))
        if (there?.id !== id) return false
        if (ifRevision !== undefined && there.revision !== ifRevision) return false
        if (extend && !isLater(expires, there.expires)) return true
        if (await this.#exchange(key, there.cas, this.#document(there, expires), turn)) return true
      }
    })
  }

  #document({ id, json, revision }: Pick<ReadRecord, 'id' | 'json' | 'revision'>, expires: number | null): Document {
    const { type, indices } = this.#options
    return { text: textOf({ type, id, json, revision, expires, indices }), expires }
  }

  /**
   * Replaces a document that nobody has touched since. A touch changes its CAS too, so the condition itself is the
   * revision in it, and a false here says: look again.
   */
  #exchange(key: string, cas: Cas, document: Document, turn: Turn): Promise<boolean> {
    const replace = () => {
      return this.#options.collection.replace(key, document.text, { ...this.#mutation(document, turn), cas })
    }
    return send(turn, replace, 'CasMismatchError', 'DocumentNotFoundError')
  }

  #mutation({ expires }: Document, turn: Turn) {
    const { durability } = this.#options
    const options = { transcoder: JSON_TEXT, timeout: turn.timeout, ...documentExpiry(expires) }
    return durability === 0 ? options : { ...options, durabilityLevel: durability }
  }

  /** What lies under a key: a record, nothing, or a document of somebody else. */
  async #find(key: string, turn: Turn): Promise<Found | 'foreign' | null> {
    const { collection, type } = this.#options
    const options = { transcoder: JSON_TEXT, timeout: turn.timeout }
    const found = await collection.get(key, options).catch(nullIfNotFound)
    if (!found) return null
    const record = recordIn(found.content, type)
    return record ? { ...record, cas: found.cas } : 'foreign'
  }

  async delete(id: string): Promise<boolean> {
    if (!isStorableId(id)) return false
    return this.#options.calls.write((turn) => this.#remove(keyOf(this.#prefix, id), turn))
  }

  #remove(key: string, turn: Turn): Promise<boolean> {
    const { collection, durability } = this.#options
    const options = { timeout: turn.timeout, ...(durability !== 0 && { durabilityLevel: durability }) }
    return send(turn, () => collection.remove(key, options), 'DocumentNotFoundError')
  }

  entries(): AsyncIterable<Entry> {
    return this.#entriesWith()
  }

  async *find(field: string, value: JsonScalar): AsyncIterable<Entry> {
    const token = this.#options.indices.includes(field) ? indexToken(field, value) : undefined
    for await (const [id, record] of this.#entriesWith(token)) {
      if (holds(record, field, value)) yield [id, record]
    }
  }

  /** The query finds the keys; the documents come from where they are written, so that they are whole and of now. */
  async *#entriesWith(token?: string): AsyncIterable<Entry> {
    for await (const keys of this.#keys(token)) {
      for (let start = 0; start < keys.length; start += READ_PAGE) {
        const page = keys.slice(start, start + READ_PAGE)
        const { calls } = this.#options
        const found = await Promise.all(page.map((key) => calls.read((turn) => this.#find(key, turn))))
        for (const record of found.map(alive)) if (record) yield [record.id, plain(record)]
      }
    }
  }

  async *#keys(token?: string): AsyncIterable<string[]> {
    const { type, keyspace, calls, query, ready } = this.#options
    await ready()
    for (let after = ''; ; ) {
      const statement = keysStatement(keyspace, { type, after, limit: KEY_PAGE, token })
      const keys = (await calls.read((turn) => query(statement, turn))) as string[]
      yield keys
      const last = keys[KEY_PAGE - 1]
      if (last === undefined) return
      after = last
    }
  }

  async count(): Promise<number> {
    const { type, keyspace, calls, query, ready } = this.#options
    await ready()
    const [count] = await calls.read((turn) => query(countStatement(keyspace, { type, now: Date.now() }), turn))
    return Number(count)
  }

  async clear(): Promise<void> {
    for await (const keys of this.#keys()) {
      for (let start = 0; start < keys.length; start += READ_PAGE) {
        const page = keys.slice(start, start + READ_PAGE)
        await Promise.all(page.map((key) => this.#options.calls.write((turn) => this.#remove(key, turn))))
      }
    }
  }

  /** Couchbase removes what has expired by itself. */
  async deleteExpired(_limit: number): Promise<number> {
    return 0
  }
}

interface Document {
  text: string
  expires: number | null
}

/** Sends a write. False: the server refused it with one of these errors, and did nothing. */
async function send(turn: Turn, write: () => Promise<unknown>, ...refusals: string[]): Promise<boolean> {
  if (turn.over) throw new Error('its time was up before it was sent')
  turn.sent = true
  try {
    await write()
    return true
  } catch (error) {
    if (!isNamed(error, ...refusals)) throw error
    turn.sent = false
    return false
  }
}

function nullIfNotFound(error: unknown): null {
  if (isNamed(error, 'DocumentNotFoundError')) return null
  throw error
}

function alive(found: Found | 'foreign' | null): Found | null {
  if (found === null || found === 'foreign') return null
  return found.expires === null || found.expires > Date.now() ? found : null
}

/** Whether one end of life comes after another; null never comes. */
function isLater(end: number | null, other: number | null): boolean {
  return other !== null && (end === null || end > other)
}

function plain({ json, value, revision, expires }: Found): StoredRecord {
  return value === undefined ? { json, revision, expires } : { json, value, revision, expires }
}

function isStorableId(id: string): boolean {
  return isStorable(id) && Buffer.byteLength(id) <= LONGEST_ID
}
