import {
  type Call,
  type Condition,
  type IndexQuery,
  type NewRecord,
  type Page,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Filter } from 'mongodb'
import { CallsTogether } from './calls-together.ts'
import type { Connection, Records } from './connection.ts'
import { isDuplicate } from './failures.ts'
import { makeIndexes } from './indexes.ts'
import { replaceOrInsert, replaceRevision } from './raced-writes.ts'
import {
  documentOf,
  expiredBy,
  IS_RECORD,
  live,
  type NewDocument,
  type RecordDocument,
  recordIn,
  toDate,
} from './stored-form.ts'

/** Far below the 16 MiB limit of a document, and far above any real id. */
const IDS = { rule: 'text of up to 4,096 bytes without lone surrogates', maxBytes: 4_096 }
/** Maximum records that a stream holds at once. */
const PAGE = 200
/** Maximum records that one command deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000

/** The records of one type, in one collection. */
export class MongodbRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #type: string
  readonly #together = new CallsTogether(() => this.#collection)

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#type = type
  }

  get #collection(): Records {
    return this.#connection.collection(this.#type)
  }

  protected override async _prepare(): Promise<void> {
    if (this.#connection.options.createIndexes) await makeIndexes(this.#collection, this.indices)
  }

  protected override async _read(id: string, call: Call): Promise<StoredRecord | null> {
    const document = await this.#together.reads.add(id, call)
    return document && recordIn(document)
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const document = documentOf(record)
    return (await this.#write(id, document, condition, call)) ? document.revision : null
  }

  async #write(id: string, document: NewDocument, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, now } = condition
    if (ifRevision === null) return this.#create(id, document, now, call)
    call.sent = true
    if (ifRevision === undefined) return replaceOrInsert(this.#collection, { _id: id }, document, call)
    return replaceRevision(this.#collection, { _id: id, revision: ifRevision }, document, { condition, call })
  }

  async #create(id: string, document: NewDocument, now: number, call: Call): Promise<boolean> {
    try {
      await this.#together.inserts.add({ _id: id, ...document }, call)
      return true
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    call.assertInTime()
    return replaceOrInsert(this.#collection, { _id: id, ...expiredBy(now) }, document, call)
  }

  /** Matches the revision, which a touch does not change, so that the touches of a tick can share a command. */
  protected override async _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend, now } = condition
    const expires = toDate(touch.expires)
    for (;;) {
      const revision = ifRevision ?? (await this.#revisionOf(id, now))
      if (revision === null) return false
      const current = { _id: id, revision }
      const change =
        extend && expires !== null
          ? { filter: { ...current, expires: { $gt: new Date(now) } }, update: { $max: { expires } } }
          : { filter: { ...current, expires: live(now) }, update: { $set: { expires } } }
      if (await this.#together.touches.add(change, call)) return true
      if (typeof ifRevision === 'string') return false
      call.assertInTime()
    }
  }

  async #revisionOf(id: string, now: number): Promise<Revision | null> {
    const filter = { _id: id, ...IS_RECORD, expires: live(now) }
    return (await this.#collection.findOne(filter, { projection: { revision: 1 } }))?.revision ?? null
  }

  protected override async _delete(id: string, call: Call): Promise<boolean> {
    call.sent = true
    const { deletedCount } = await this.#collection.deleteOne({ _id: id, ...IS_RECORD })
    return deletedCount === 1
  }

  protected override _page(from: unknown): Promise<Page> {
    return this.#page({}, from, { hint: { _id: 1 } })
  }

  protected override _candidates({ token }: IndexQuery, from: unknown): Promise<Page> {
    return this.#page({ tokens: token }, from)
  }

  /** Pages by id. A cursor could expire between pages, and miss records that move in another index. */
  async #page(condition: Filter<RecordDocument>, from: unknown, hint?: { hint: object }): Promise<Page> {
    const _id = from === undefined ? { $gte: '' } : { $gt: from as string }
    const filter = { ...condition, ...IS_RECORD, _id, expires: live(this.now()) }
    const options = { sort: { _id: 1 }, limit: PAGE, batchSize: PAGE, ...hint } as const
    const documents = await this.#collection.find(filter, options).toArray()
    const records = documents.map((document): Page['records'][number] => [document._id, recordIn(document)])
    return { records, next: documents[PAGE - 1]?._id }
  }

  protected override _count(now: number): Promise<number> {
    return this.#collection.countDocuments({ ...IS_RECORD, _id: { $gte: '' }, expires: live(now) })
  }

  protected override async _clear(_from: unknown, call: Call): Promise<true | undefined> {
    const { found } = await this.#deletePage(IS_RECORD, DELETE_PAGE, call)
    return found < DELETE_PAGE ? undefined : true
  }

  /** With the TTL index, MongoDB also removes expired records, up to two minutes later. */
  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    for (let removed = 0; ; call.progress()) {
      const wanted = Math.min(limit - removed, DELETE_PAGE)
      const { found, deleted } = await this.#deletePage(expiredBy(now), wanted, call)
      removed += deleted
      if (found < wanted || removed >= limit || this.calls.isClosing) return removed
    }
  }

  /** Finds ids, then deletes their records. Repeats the condition, so that a record changed meanwhile is kept. */
  async #deletePage(condition: Filter<RecordDocument>, limit: number, call: Call) {
    const options = { projection: { _id: 1 }, limit, batchSize: limit } as const
    const found = await this.#collection.find(condition, options).toArray()
    if (found.length === 0) return { found: 0, deleted: 0 }
    call.assertInTime()
    const ids = found.map(({ _id }) => _id)
    const { deletedCount } = await this.#collection.deleteMany({ ...condition, _id: { $in: ids } })
    return { found: found.length, deleted: deletedCount }
  }
}
