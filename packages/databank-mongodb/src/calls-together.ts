import { types } from 'node:util'
import { type Call, CallsOfATick, type GatheredCall } from '@sessionbank/databank-kit'
import type { AnyBulkWriteOperation, Filter } from 'mongodb'
import type { Records } from './connection.ts'
import { failureOf, isDefinite, isUnfit, unknownOutcome, wholeOf } from './failures.ts'
import type { RecordDocument } from './stored-form.ts'

/** A write that may share a command. */
interface SharedWrite {
  /** Does the same by itself: if there is no other write in that tick, or if it was not done with the others. */
  alone(): Promise<boolean>
}

export interface Insert extends SharedWrite {
  document: RecordDocument
}

/** A change of a record on its revision that does not change the revision. */
export interface RevisionUpdate extends SharedWrite {
  id: string
  revision: string
  filter: Filter<RecordDocument>
  update: object
}

type Gathered<Write> = GatheredCall<Write, boolean>

/** Calls that share a command. */
const MOST = 100

/** The calls of a tick on one collection, in one command each of reads, of inserts and of updates. */
export class CallsTogether {
  readonly #collection: () => Records
  readonly #reads: CallsOfATick<string, RecordDocument | null>
  readonly #inserts: CallsOfATick<Insert, boolean>
  readonly #updates: CallsOfATick<RevisionUpdate, boolean>

  constructor(collection: () => Records) {
    this.#collection = collection
    this.#reads = new CallsOfATick({ most: MOST, send: (calls) => settle(calls, this.#read(calls)) })
    this.#inserts = new CallsOfATick({ most: MOST, send: (calls) => settle(calls, this.#insert(calls)) })
    this.#updates = new CallsOfATick({ most: MOST, send: (calls) => settle(calls, this.#update(calls)) })
  }

  /** Returns what lies under an id, as an object of the caller's own. */
  read(id: string, call: Call): Promise<RecordDocument | null> {
    return this.#reads.add(id, call)
  }

  insert(insert: Insert, call: Call): Promise<boolean> {
    return this.#inserts.add(insert, call)
  }

  /** Returns whether there was a live record of that revision. */
  update(update: RevisionUpdate, call: Call): Promise<boolean> {
    return this.#updates.add(update, call)
  }

  async #read(calls: GatheredCall<string, RecordDocument | null>[]): Promise<void> {
    const [lone] = calls
    if (calls.length === 1 && lone) {
      // By the id alone, which is the one query that MongoDB need not plan.
      lone.resolve(await this.#collection().findOne({ _id: lone.request }))
      return
    }
    const ids = [...new Set(calls.map(({ request }) => request))]
    const documents = await this.#find(ids)
    for (const one of calls) {
      const { request } = one
      const document = documents.get(request) ?? null
      one.resolve(ids.length < calls.length ? structuredClone(document) : document)
    }
  }

  async #insert(calls: Gathered<Insert>[]): Promise<void> {
    const done = await this.#bulk(calls, ({ document }) => ({ insertOne: { document } }))
    for (const one of done.calls) one.resolve(true)
  }

  /** If fewer records were matched than there are calls, one read settles which. */
  async #update(calls: Gathered<RevisionUpdate>[]): Promise<void> {
    const done = await this.#bulk(calls, ({ filter, update }) => ({ updateOne: { filter, update } }))
    if (done.matched >= done.calls.length) {
      for (const one of done.calls) one.resolve(true)
      return
    }
    const ids = done.calls.map(({ request }) => request.id)
    const documents = await this.#find(ids, { revision: 1, expires: 1 }).catch((error) => {
      throw unknownOutcome(error)
    })
    const now = Date.now()
    // A live record of the revision was there before, and changed with the others: a revision does not come back.
    for (const one of done.calls) {
      const { request } = one
      const { revision, expires } = documents.get(request.id) ?? {}
      one.resolve(revision === request.revision && !(types.isDate(expires) && expires.getTime() <= now))
    }
  }

  /** Returns the writes that were done, and how many of them found their document; the others go alone. */
  async #bulk<Write extends SharedWrite>(
    calls: Gathered<Write>[],
    operationOf: (write: Write) => AnyBulkWriteOperation<RecordDocument>,
  ): Promise<{ calls: Gathered<Write>[]; matched: number }> {
    let [undone, matched]: [ReadonlySet<number>, number] = [new Set([0]), 0]
    if (calls.length > 1) {
      for (const { call } of calls) call.sent = true
      const operations = calls.map(({ request }) => operationOf(request))
      try {
        ;({ matchedCount: matched } = await this.#collection().bulkWrite(operations, { ordered: false }))
        undone = new Set()
      } catch (error) {
        ;({ undone, matched } = undoneIn(error, calls.length))
      }
    }
    for (const index of undone) if (calls[index]) goAlone(calls[index])
    return { calls: calls.filter((_, index) => !undone.has(index)), matched }
  }

  async #find(ids: string[], projection?: object): Promise<Map<string, RecordDocument>> {
    const options = { batchSize: MOST + 1, ...(projection && { projection }) }
    const found = this.#collection().find({ _id: { $in: ids } }, options)
    return new Map((await found.toArray()).map((document) => [document._id, document]))
  }
}

function settle(calls: GatheredCall<unknown, never>[], sent: Promise<void>): void {
  sent.catch((error) => {
    for (const one of calls) one.reject(error)
  })
}

function goAlone(one: Gathered<SharedWrite>): void {
  const { request, call } = one
  if (!call.isInTime) {
    one.reject(call.timedOut())
    return
  }
  request.alone().then(
    (done) => one.resolve(done),
    (error) => one.reject(error),
  )
}

/** An error of a bulk of writes. */
interface BulkError {
  writeErrors?: { index: number; code: number } | { index: number; code: number }[]
  result?: { matchedCount?: number; insertedCount?: number; getWriteConcernError?(): unknown }
}

/**
 * Returns which writes of a bulk were not done, and how many of the others found their document. Throws if one of them may
 * have been done or not, or if all are to be sent again.
 */
export function undoneIn(error: unknown, count: number): { undone: ReadonlySet<number>; matched: number } {
  const { writeErrors = [], result } = error as BulkError
  const { matchedCount: matched = 0, insertedCount = 0 } = result ?? {}
  const each = [writeErrors].flat()
  const whole = wholeOf(error)
  if (result?.getWriteConcernError?.() || !each.every(({ code }) => isDefinite(code))) throw unknownOutcome(whole)
  if (each.length > 0) return { undone: new Set(each.map(({ index }) => index)), matched }
  if (matched + insertedCount > 0) throw unknownOutcome(whole)
  const { outcome, isTransient } = failureOf(whole, false)
  if (isTransient || !(outcome === 'refused' || isUnfit(whole))) throw whole
  return { undone: new Set(Array(count).keys()), matched: 0 }
}
