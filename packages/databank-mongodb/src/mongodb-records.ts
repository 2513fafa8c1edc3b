import {
  type Call,
  type Condition,
  type IndexQuery,
  type NewRecord,
  type Page,
  RecordsBase,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Filter } from 'mongodb'
import { CallsTogether } from './calls-together.ts'
import type { Connection, Records } from './connection.ts'
import { isDuplicate, isRefusal } from './failures.ts'
import { makeIndexes } from './indexes.ts'
import { changeLive, replaceOrInsert } from './raced-writes.ts'
import {
  documentOf,
  expiredBy,
  live,
  type NewDocument,
  OURS,
  type RecordDocument,
  recordIn,
  toDate,
} from './stored-form.ts'

/** Far below the 16 MiB of a document, far above any id. */
const IDS = { rule: 'up to 4,096 bytes of text without lone surrogates', maxBytes: 4_096 }
/** Records that a stream holds at once. */
const PAGE = 200
/** Records that one command deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000
/** BadValue, FailedToParse, TypeMismatch and NotImplemented: how a server refuses an array within an array. */
const UNSUITABLE = new Set([2, 9, 14, 238])

/** The records of one type, in one collection. */
export class MongodbRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #type: string
  readonly #together = new CallsTogether(() => this.#collection)
  #takesNestedArrays = true

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
    const document = documentOf(record, this.#takesNestedArrays)
    try {
      return (await this.#write(id, document, condition, call)) ? document.revision : null
    } catch (error) {
      if (!this.#takesNestedArrays || !isRefusal(error, UNSUITABLE)) throw error
    }
    call.assertInTime()
    const plain = documentOf(record, false)
    const isWritten = await this.#write(id, plain, condition, call)
    this.#takesNestedArrays = false
    return isWritten ? plain.revision : null
  }

  async #write(id: string, document: NewDocument, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, now } = condition
    if (ifRevision === null) return this.#create(id, document, now, call)
    call.sent = true
    if (ifRevision === undefined) return replaceOrInsert(this.#collection, { _id: id }, document, call)
    const change = { which: { _id: id, revision: ifRevision }, expires: document.expires, condition, call }
    return changeLive(this.#collection, change, (filter, expires) => {
      return this.#collection.replaceOne(filter, { ...document, expires })
    })
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

  protected override async _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend, now } = condition
    const expires = toDate(touch.expires)
    if (typeof ifRevision === 'string') {
      const which = { _id: id, revision: ifRevision }
      const change =
        extend && expires !== null
          ? { filter: { ...which, expires: { $gt: new Date(now) } }, update: { $max: { expires } } }
          : { filter: { ...which, expires: live(now) }, update: { $set: { expires } } }
      return this.#together.touches.add(change, call)
    }
    call.sent = true
    return changeLive(this.#collection, { which: { _id: id, ...OURS }, expires, condition, call }, (filter, end) => {
      return this.#collection.updateOne(filter, { $set: { expires: end } })
    })
  }

  protected override async _delete(id: string, call: Call): Promise<boolean> {
    call.sent = true
    const { deletedCount } = await this.#collection.deleteOne({ _id: id, ...OURS })
    return deletedCount === 1
  }

  protected override _page(from: unknown): Promise<Page> {
    return this.#page({}, from, { hint: { _id: 1 } })
  }

  protected override _candidates({ token }: IndexQuery, from: unknown): Promise<Page> {
    return this.#page({ tokens: token }, from)
  }

  /** Along the ids: a cursor would be lost while the caller thinks, and miss what another index moves. */
  async #page(which: Filter<RecordDocument>, from: unknown, hint?: { hint: object }): Promise<Page> {
    const _id = from === undefined ? { $gte: '' } : { $gt: from as string }
    const filter = { ...which, ...OURS, _id, expires: live(this.now()) }
    const options = { sort: { _id: 1 }, limit: PAGE, batchSize: PAGE, ...hint } as const
    const documents = await this.#collection.find(filter, options).toArray()
    const records = documents.map((document): Page['records'][number] => [document._id, recordIn(document)])
    return { records, next: documents[PAGE - 1]?._id }
  }

  protected override _count(now: number): Promise<number> {
    return this.#collection.countDocuments({ ...OURS, _id: { $gte: '' }, expires: live(now) })
  }

  protected override async _clear(_from: unknown, call: Call): Promise<true | undefined> {
    const { found } = await this.#deletePage(OURS, DELETE_PAGE, call)
    return found < DELETE_PAGE ? undefined : true
  }

  /** MongoDB removes them too, up to a minute or two later, if it has the TTL index. */
  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    for (let removed = 0; ; call.progress()) {
      const wanted = Math.min(limit - removed, DELETE_PAGE)
      const { found, deleted } = await this.#deletePage(expiredBy(now), wanted, call)
      removed += deleted
      if (found < wanted || removed >= limit || this.calls.isClosing) return removed
    }
  }

  /** Looks for ids and deletes them; the condition again, so that a record that was changed meanwhile stays. */
  async #deletePage(which: Filter<RecordDocument>, limit: number, call: Call) {
    const options = { projection: { _id: 1 }, limit, batchSize: limit } as const
    const found = await this.#collection.find(which, options).toArray()
    if (found.length === 0) return { found: 0, deleted: 0 }
    call.assertInTime()
    const ids = found.map(({ _id }) => _id)
    const { deletedCount } = await this.#collection.deleteMany({ ...which, _id: { $in: ids } })
    return { found: found.length, deleted: deletedCount }
  }
}
