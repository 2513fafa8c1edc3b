import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
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
import type { Collection, Filter } from 'mongodb'
import type { Calls, Turn } from './calls.ts'
import { documentOf, isRecord, type RecordDocument, recordIn, toDate } from './document.ts'
import { type FlatDocument, flatRecordIn, isFlatRevision } from './flat-document.ts'
import { isPath } from './indexes.ts'

/** Far below the 16 MiB of a document, far above any id. */
const LONGEST_ID = 4_096

/** Records that a stream holds at once. */
const PAGE = 200
/** Records that one command deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000

const DUPLICATE_KEY = 11000
/** After a lost race there is something to replace, unless it is deleted again each time. */
const UPSERTS = 5

/** What a conditional write gives back: whether there was a document to change. */
const ID_ONLY = { projection: { _id: 1 }, includeResultMetadata: false } as const

type Entry = [id: string, record: StoredRecord]
type Document = RecordDocument | FlatDocument
type NewDocument = ReturnType<typeof documentOf>

interface FlatTouch {
  ifRevision: Revision | undefined
  extend: boolean
}

export interface MongodbRecordsOptions {
  /** Asked for at each call, as the client behind it may be another by now. */
  collection(): Collection<Document>
  calls: Calls
  /** The fields to index. */
  indices: readonly string[]
  /** The field of a value that is its id, which flat documents leave out. */
  pkey: string | undefined
  /** Resolves once the indexes are there. */
  ready(): Promise<void>
}

/** The records of one type, in one collection, with one command a call. */
export class MongodbRecords implements Records {
  readonly #collection: () => Collection<Document>
  readonly #calls: Calls
  readonly #indices: readonly string[]
  readonly #pkey: string | undefined
  readonly #ready: () => Promise<void>

  constructor({ collection, calls, indices, pkey, ready }: MongodbRecordsOptions) {
    this.#collection = collection
    this.#calls = calls
    this.#indices = indices
    this.#pkey = pkey
    this.#ready = ready
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (!isStorableId(id)) return null
    // By the id alone, which is the one query that MongoDB need not plan.
    const document = await this.#calls.read(() => this.#collection().findOne({ _id: id }))
    const record = document && this.#recordIn(document)
    return record && (record.expires === null || record.expires > Date.now()) ? record : null
  }

  async write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    const expires = toDate(checkedExpiry(options.expires))
    if (!isStorableId(id)) {
      throw new InvalidIdError(`an id in MongoDB is up to ${LONGEST_ID} bytes of text without lone surrogates`)
    }
    const revision = randomUUID()
    const document = documentOf({ json, revision, expires, indices: this.#indices })
    await this.#ready()
    const { ifRevision, extend = false } = options
    const written = await this.#calls.write((turn) => {
      if (ifRevision === undefined) return this.#put(id, document, turn)
      if (ifRevision === null) return this.#create(id, document)
      return this.#replace(id, ifRevision, document, { extend, turn })
    })
    return written ? revision : null
  }

  /** Two upserts at once may both find nothing and insert: the loser changed nothing, and replaces the next time. */
  async #put(id: string, document: NewDocument, turn: Turn): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#collection().replaceOne({ _id: id }, document, { upsert: true })
        return true
      } catch (error) {
        if (!isDuplicateId(error) || turn.over || attempt === UPSERTS) throw error
      }
    }
  }

  /** Replaces what has expired; where something is alive, the insert of the upsert fails. */
  async #create(id: string, document: NewDocument): Promise<boolean> {
    try {
      const expired = { _id: id, expires: { $lte: new Date() } }
      await this.#collection().findOneAndReplace(expired, document, { ...ID_ONLY, upsert: true })
      return true
    } catch (error) {
      if (isDuplicateId(error)) return false
      throw error
    }
  }

  async #replace(
    id: string,
    revision: Revision,
    document: NewDocument,
    { extend, turn }: { extend: boolean; turn: Turn },
  ) {
    const which = { _id: id, revision }
    const replaced = extend
      ? await this.#replaceAndExtend(which, document, turn)
      : await this.#exchange({ ...which, expires: live() }, document)
    if (replaced || !isFlatRevision(revision)) return replaced
    const flat = await this.#findFlat(id)
    if (!flat || flatRecordIn(flat, this.#pkey).revision !== revision) return false
    return this.#replaceFlat(flat, extend ? { ...document, expires: null } : document)
  }

  /** At once where the record ends no later, as it nearly always does; else with the end that it has. */
  async #replaceAndExtend(which: object, document: NewDocument, turn: Turn): Promise<boolean> {
    const { expires } = document
    while (!turn.over) {
      const noLater = expires === null ? live() : { $gt: new Date(), $lte: expires }
      if (await this.#exchange({ ...which, expires: noLater }, document)) return true
      const end = await this.#endOf(which)
      if (end === undefined) return false
      if (expires === null || (end !== null && end <= expires)) continue
      const unmoved = { ...which, expires: end ?? { $not: { $type: 'date' } } }
      if (await this.#exchange(unmoved, { ...document, expires: end })) return true
    }
    return false
  }

  async #exchange(there: object, document: NewDocument): Promise<boolean> {
    return (await this.#collection().findOneAndReplace(there as Filter<Document>, document, ID_ONLY)) !== null
  }

  async touch(id: string, end: number | null, { ifRevision, extend = false }: TouchOptions = {}): Promise<boolean> {
    const expires = toDate(checkedExpiry(end))
    if (!isStorableId(id)) return false
    const which = { _id: id, ...(ifRevision === undefined ? { written: { $type: 'date' } } : { revision: ifRevision }) }
    return this.#calls.write(async (turn) => {
      const touched = extend && expires ? await this.#lengthen(which, expires, turn) : await this.#move(which, expires)
      if (touched) return true
      if (ifRevision !== undefined && !isFlatRevision(ifRevision)) return false
      return this.#touchFlat(id, expires, { ifRevision, extend }, turn)
    })
  }

  async #move(which: object, expires: Date | null): Promise<boolean> {
    const there = { ...which, expires: live() } as Filter<Document>
    return (await this.#collection().findOneAndUpdate(there, { $set: { expires } }, ID_ONLY)) !== null
  }

  /** MongoDB takes null for less than any date, but here it is never: such a record has nothing to gain. */
  async #lengthen(which: object, expires: Date, turn: Turn): Promise<boolean> {
    while (!turn.over) {
      const there = { ...which, expires: { $gt: new Date() } } as Filter<Document>
      if (await this.#collection().findOneAndUpdate(there, { $max: { expires } }, ID_ONLY)) return true
      const end = await this.#endOf(which)
      if (end === undefined) return false
      if (end === null) return true
    }
    return false
  }

  /** When a live record of ours ends; undefined where there is none. */
  async #endOf(which: object): Promise<Date | null | undefined> {
    const there = { ...which, expires: live() } as Filter<Document>
    const found = await this.#collection().findOne(there, { projection: { expires: 1 } })
    return found === null ? undefined : types.isDate(found.expires) ? found.expires : null
  }

  /** A flat document never ends, and has no room for an expiry beside the app's own fields, so it becomes one of ours. */
  async #touchFlat(id: string, expires: Date | null, { ifRevision, extend }: FlatTouch, turn: Turn) {
    while (!turn.over) {
      const flat = await this.#findFlat(id)
      if (!flat) return false
      const { json, revision } = flatRecordIn(flat, this.#pkey)
      if (ifRevision !== undefined && revision !== ifRevision) return false
      if (extend) return true
      const document = documentOf({ json, revision, expires, indices: this.#indices })
      if (await this.#replaceFlat(flat, document)) return true
    }
    return false
  }

  #findFlat(id: string): Promise<FlatDocument | null> {
    const flat = { _id: id, written: { $not: { $type: 'date' } } } as Filter<Document>
    return this.#collection().findOne(flat) as Promise<FlatDocument | null>
  }

  /** It holds no revision, so the condition is the whole of it. */
  async #replaceFlat(flat: FlatDocument, document: NewDocument): Promise<boolean> {
    const unchanged = { _id: flat._id, $expr: { $eq: ['$$ROOT', { $literal: flat }] } }
    return this.#exchange(unchanged, document)
  }

  async delete(id: string): Promise<boolean> {
    if (!isStorableId(id)) return false
    const { deletedCount } = await this.#calls.write(() => this.#collection().deleteOne({ _id: id }))
    return deletedCount === 1
  }

  /** By pages along the ids: a cursor would be lost while the caller thinks, and miss what another index moves. */
  async *entries(): AsyncIterable<Entry> {
    for await (const document of this.#pages({})) yield [document._id, this.#recordIn(document)]
  }

  async *find(field: string, value: JsonScalar): AsyncIterable<Entry> {
    const candidates = this.#indices.includes(field) ? this.#indexed(field, value) : this.entries()
    for await (const entry of candidates) {
      if (holds(entry[1], field, value)) yield entry
    }
  }

  /** Flat documents first: one that becomes ours meanwhile is seen twice rather than never. */
  async *#indexed(field: string, value: JsonScalar): AsyncIterable<Entry> {
    for (const id of await this.#flatIdsWith(field, value)) {
      const record = await this.read(id)
      if (record) yield [id, record]
    }
    for await (const document of this.#pages({ tokens: indexToken(field, value) })) {
      yield [document._id, this.#recordIn(document)]
    }
  }

  async #flatIdsWith(field: string, value: JsonScalar): Promise<string[]> {
    if (!isPath(field) || (typeof value === 'string' && /\p{Surrogate}/u.test(value))) return []
    const wanted = value === null ? { $type: 'null' } : value
    const filter = { [field === this.#pkey ? '_id' : field]: wanted, written: { $not: { $type: 'date' } } }
    const found = await this.#calls.read(() => {
      return this.#collection()
        .find(filter as Filter<Document>, { projection: { _id: 1 } })
        .toArray()
    })
    return found.map(({ _id }) => _id).filter((id) => typeof id === 'string')
  }

  async *#pages(filter: { tokens?: string }): AsyncIterable<Document> {
    const hint = filter.tokens === undefined ? { hint: { _id: 1 } as const } : {}
    for (let from: { $gte: string } | { $gt: string } = { $gte: '' }; ; ) {
      const page = { ...filter, _id: from, expires: live() }
      const options = { ...hint, sort: { _id: 1 } as const, limit: PAGE, batchSize: PAGE }
      const documents: Document[] = await this.#calls.read(() => this.#collection().find(page, options).toArray())
      yield* documents
      const last = documents[PAGE - 1]
      if (!last) return
      from = { $gt: last._id }
    }
  }

  async count(): Promise<number> {
    return this.#calls.read(() => this.#collection().countDocuments({ _id: { $gte: '' }, expires: live() }))
  }

  async clear(): Promise<void> {
    for (;;) {
      const ids = await this.#ids({}, DELETE_PAGE)
      if (ids.length > 0) await this.#calls.write(() => this.#collection().deleteMany({ _id: { $in: ids } }))
      if (ids.length < DELETE_PAGE) return
    }
  }

  /** MongoDB removes them too, up to a minute or two later, where it has the TTL index. */
  async deleteExpired(limit: number): Promise<number> {
    const expired = { expires: { $lte: new Date() } }
    for (let deleted = 0; ; ) {
      const wanted = Math.min(Math.floor(limit) - deleted, DELETE_PAGE)
      if (!(wanted > 0)) return deleted
      const ids = await this.#ids(expired, wanted)
      if (ids.length === 0) return deleted
      // The condition again: one that was touched meanwhile stays.
      const dead = { _id: { $in: ids }, ...expired }
      const { deletedCount } = await this.#calls.write(() => this.#collection().deleteMany(dead))
      deleted += deletedCount
      if (ids.length < wanted) return deleted
    }
  }

  async #ids(filter: Filter<Document>, limit: number): Promise<string[]> {
    const options = { projection: { _id: 1 }, limit, batchSize: limit }
    const found = await this.#calls.read(() => this.#collection().find(filter, options).toArray())
    return found.map(({ _id }) => _id)
  }

  #recordIn(document: Document): StoredRecord {
    return isRecord(document) ? recordIn(document) : flatRecordIn(document, this.#pkey)
  }
}

/** Matches null, nothing and anything that is no date as well: only a date can have passed. */
function live() {
  return { $not: { $lte: new Date() } }
}

function isStorableId(id: string): boolean {
  return typeof id === 'string' && !/\p{Surrogate}/u.test(id) && Buffer.byteLength(id) <= LONGEST_ID
}

/** An index of the app's may be unique as well; not every server says in `keyPattern` which one it was. */
function isDuplicateId(error: unknown): boolean {
  const { code, keyPattern, message } = error as { code?: unknown; keyPattern?: object; message?: string }
  if (code !== DUPLICATE_KEY) return false
  if (keyPattern) return Object.hasOwn(keyPattern, '_id')
  const [beforeKey = ''] = String(message).split(' dup key')
  return / index: (\S*\$)?_id_$/.test(beforeKey)
}
