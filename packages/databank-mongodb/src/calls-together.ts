import { type Call, CallsOfATick, type GatheredCall } from '@sessionbank/databank-kit'
import type { AnyBulkWriteOperation, Filter } from 'mongodb'
import type { Records } from './connection.ts'
import { undoneIn, unknownOutcome } from './failures.ts'
import type { RecordDocument } from './stored-form.ts'

/** A change of one record on its revision that does not change the revision. */
export interface RevisionUpdate {
  _id: string
  revision: string
  filter: Filter<RecordDocument>
  update: object
}

type Reads = GatheredCall<string, RecordDocument | null>[]
type Inserts = GatheredCall<RecordDocument, boolean>[]
type Updates = GatheredCall<RevisionUpdate, boolean | null>[]

/** Calls that share a command. */
const MOST = 100

/** The calls of a tick on one collection, in one command each of reads, of inserts and of updates. */
export class CallsTogether {
  readonly #collection: () => Records
  readonly #reads = new CallsOfATick<string, RecordDocument | null>({ most: MOST, send: (calls) => this.#read(calls) })
  readonly #inserts = new CallsOfATick<RecordDocument, boolean>({ most: MOST, send: (calls) => this.#insert(calls) })
  readonly #updates = new CallsOfATick<RevisionUpdate, boolean | null>({
    most: MOST,
    send: (calls) => this.#update(calls),
  })

  constructor(collection: () => Records) {
    this.#collection = collection
  }

  /** Returns what lies under an id, as an object of the caller's own. */
  read(id: string, call: Call): Promise<RecordDocument | null> {
    return this.#reads.add(id, call)
  }

  /** Inserts a document. Returns false if nothing was done: it is to be inserted alone, which says why. */
  insert(document: RecordDocument, call: Call): Promise<boolean> {
    return this.#inserts.add(document, call)
  }

  /** Returns whether there was a live record of that revision; null if nothing was done, and it is to be updated alone. */
  update(update: RevisionUpdate, call: Call): Promise<boolean | null> {
    return this.#updates.add(update, call)
  }

  #read(calls: Reads): void {
    const ids = [...new Set(calls.map(({ request }) => request))]
    const found = ids.length === 1 ? this.#one(ids[0] as string) : this.#many(ids)
    settle(calls, found, (documents) => {
      for (const { request, resolve } of calls) {
        const document = documents.get(request) ?? null
        resolve(ids.length < calls.length ? structuredClone(document) : document)
      }
    })
  }

  /** By the id alone, which is the one query that MongoDB need not plan. */
  async #one(id: string): Promise<Map<string, RecordDocument | null>> {
    return new Map([[id, await this.#collection().findOne({ _id: id })]])
  }

  async #many(ids: string[], projection?: object): Promise<Map<string, RecordDocument>> {
    const options = { batchSize: MOST + 1, ...(projection && { projection }) }
    const documents = await this.#collection()
      .find({ _id: { $in: ids } }, options)
      .toArray()
    return new Map(documents.map((document) => [document._id, document]))
  }

  #insert(calls: Inserts): void {
    if (calls.length === 1) {
      calls[0]?.resolve(false)
      return
    }
    const inserts = calls.map(({ request }) => ({ insertOne: { document: request } }))
    settle(calls, this.#bulk(calls, inserts), ({ undone }) => {
      for (const [index, { resolve }] of calls.entries()) resolve(!undone.has(index))
    })
  }

  #update(calls: Updates): void {
    if (calls.length === 1) {
      calls[0]?.resolve(null)
      return
    }
    const updates = calls.map(({ request: { filter, update } }) => ({ updateOne: { filter, update } }))
    settle(calls, this.#bulk(calls, updates), async ({ undone, matched }) => {
      for (const index of undone) calls[index]?.resolve(null)
      const done = calls.filter((_, index) => !undone.has(index))
      if (matched < done.length) await this.#settleUpdates(done)
      else for (const { resolve } of done) resolve(true)
    })
  }

  /** A live record of the revision was there, and changed with the others: a revision does not come back. */
  async #settleUpdates(calls: Updates): Promise<void> {
    const ids = calls.map(({ request }) => request._id)
    const documents = await this.#many(ids, { revision: 1, expires: 1 }).catch((error) => {
      throw unknownOutcome(error)
    })
    const now = Date.now()
    for (const { request, resolve } of calls) {
      const { revision, expires } = documents.get(request._id) ?? {}
      resolve(revision === request.revision && !(expires instanceof Date && expires.getTime() <= now))
    }
  }

  /** Writes in one command. Returns which writes were not done, and how many of the others found their document. */
  async #bulk(calls: (Inserts | Updates)[number][], operations: AnyBulkWriteOperation<RecordDocument>[]) {
    for (const { call } of calls) call.sent = true
    try {
      const { matchedCount } = await this.#collection().bulkWrite(operations, { ordered: false })
      return { undone: new Set<number>(), matched: matchedCount }
    } catch (error) {
      return undoneIn(error, operations.length)
    }
  }
}

function settle<T>(calls: GatheredCall<unknown, never>[], answer: Promise<T>, done: (answer: T) => unknown): void {
  answer.then(done).catch((error) => {
    for (const { reject } of calls) reject(error)
  })
}
