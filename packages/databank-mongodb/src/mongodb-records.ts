import {
  type Call,
  type Condition,
  type IdRule,
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
import { isRefusal } from './failures.ts'
import { makeIndexes } from './indexes.ts'
import { create, lengthen, matched, put } from './raced-writes.ts'
import {
  documentOf,
  expiredBy,
  hasNestedArray,
  live,
  type NewDocument,
  OURS,
  type RecordDocument,
  recordIn,
  toDate,
  unsetBut,
} from './stored-form.ts'

/** Far below the 16 MiB of a document, far above any id. */
const IDS: IdRule = { rule: 'up to 4,096 bytes of text without lone surrogates', maxBytes: 4_096 }

/** Records that a stream holds at once. */
const PAGE = 200
/** Records that one command deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000
/** BadValue, FailedToParse, TypeMismatch and NotImplemented: how a server refuses an array within an array. */
const UNSUITABLE = new Set([2, 9, 14, 238])

export interface MongodbRecordsOptions {
  type: string
  /** The fields to index. */
  indices: readonly string[]
  createIndexes: boolean
}

/** The records of one type, in one collection. */
export class MongodbRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #type: string
  readonly #createIndexes: boolean
  readonly #together = new CallsTogether(() => this.#collection)
  #takesNestedArrays = true

  constructor(connection: Connection, { type, indices, createIndexes }: MongodbRecordsOptions) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#type = type
    this.#createIndexes = createIndexes
  }

  get #collection(): Records {
    return this.#connection.collection(this.#type)
  }

  protected override async _prepare(): Promise<void> {
    if (this.#createIndexes) await makeIndexes(this.#collection, this.indices)
  }

  protected override async _read(id: string, call: Call): Promise<StoredRecord | null> {
    const document = await this.#together.read(id, call)
    return document && recordIn(document)
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const document = documentOf(record, this.#takesNestedArrays)
    try {
      return await this.#write(id, document, condition, call)
    } catch (error) {
      if (!isRefusal(error, UNSUITABLE) || !hasNestedArray(document.value)) throw error
    }
    call.assertInTime()
    const revision = await this.#write(id, documentOf(record, false), condition, call)
    this.#takesNestedArrays = false
    return revision
  }

  async #write(id: string, document: NewDocument, condition: Condition, call: Call): Promise<Revision | null> {
    const { ifRevision, extend, now } = condition
    const { revision, expires, ...content } = document
    let isWritten: boolean
    call.sent = ifRevision !== null
    if (ifRevision === undefined) {
      isWritten = await put(this.#collection, id, document, call)
    } else if (ifRevision === null) {
      const alone = () => create(this.#collection, id, document, now, call)
      isWritten = await this.#together.insert({ document: { _id: id, ...document }, alone }, call)
    } else if (extend && expires !== null) {
      const which = { _id: id, revision: ifRevision }
      const ending = { ...which, expires: { $gt: new Date(now), $lte: expires } }
      const atOnce = () => this.#collection.replaceOne(ending, document)
      const change = { $set: { revision, ...content }, ...unsetBut(content) }
      isWritten = await lengthen(this.#collection, which, { atOnce, expires, content: change, now, call })
    } else {
      isWritten = await matched(
        this.#collection.replaceOne({ _id: id, revision: ifRevision, expires: live(now) }, document),
      )
    }
    return isWritten ? revision : null
  }

  protected override async _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend, now } = condition
    const which = { _id: id, ...(typeof ifRevision === 'string' ? { revision: ifRevision } : OURS) }
    const expires = toDate(touch.expires)
    const [filter, update] =
      extend && expires !== null
        ? [{ ...which, expires: { $gt: new Date(now) } }, { $max: { expires } }]
        : [{ ...which, expires: live(now) }, { $set: { expires } }]
    const alone = () => {
      call.sent = true
      const atOnce = () => this.#collection.updateOne(filter, update)
      if (!extend || expires === null) return matched(atOnce())
      return lengthen(this.#collection, which, { atOnce, expires, now, call })
    }
    if (typeof ifRevision !== 'string') return alone()
    return this.#together.update({ id, revision: ifRevision, filter, update, alone }, call)
  }

  protected override async _delete(id: string, call: Call): Promise<boolean> {
    call.sent = true
    const { deletedCount } = await this.#collection.deleteOne({ _id: id })
    return deletedCount === 1
  }

  protected override _page(from: unknown): Promise<Page> {
    return this.#page({}, from, { _id: 1 })
  }

  protected override _candidates({ token }: IndexQuery, from: unknown): Promise<Page> {
    return this.#page({ tokens: token }, from)
  }

  /** Along the ids: a cursor would be lost while the caller thinks, and miss what another index moves. */
  async #page(which: Filter<RecordDocument>, from: unknown, hint?: { _id: 1 }): Promise<Page> {
    const filter = { ...which, ...OURS, _id: { $gt: (from ?? '') as string }, expires: live(this.now()) }
    const options = { sort: { _id: 1 }, limit: PAGE, batchSize: PAGE, ...(hint && { hint }) } as const
    const documents = await this.#collection.find(filter, options).toArray()
    const records = documents.map((document): Page['records'][number] => [document._id, recordIn(document)])
    return documents.length < PAGE ? { records } : { records, next: documents.at(-1)?._id }
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
