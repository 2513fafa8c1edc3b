import { types } from 'node:util'
import { CallsOfATick, type GatheredCall, inTime } from '@sessionbank/databank-kit'
import type { AnyBulkWriteOperation, UpdateFilter } from 'mongodb'
import type { Records } from './connection.ts'
import { failureOf, isDefinite, isUnfit, unknownOutcome } from './failures.ts'
import type { RecordDocument } from './stored-form.ts'

type Read = GatheredCall<string, RecordDocument | null>
type Insert = GatheredCall<RecordDocument, void>
type Touch = GatheredCall<TouchOnRevision, boolean>

/** A touch of a live record on its revision, which it does not change. */
interface TouchOnRevision {
  filter: { _id: string; revision: string; expires: object }
  update: UpdateFilter<RecordDocument>
}

/** Maximum number of calls per command. */
const MOST = 100

/** The calls of a tick on one collection: one command for reads, one for inserts and one for touches. */
export class CallsTogether {
  readonly #collection: () => Records
  /** Each call returns the document of its id, as an object of its own. */
  readonly reads = gathering((calls: Read[]) => this.#read(calls))
  readonly inserts = gathering((calls: Insert[]) => this.#insert(calls))
  /** Each call returns true if there was a live record with its revision. */
  readonly touches = gathering((calls: Touch[]) => this.#touch(calls))

  constructor(collection: () => Records) {
    this.#collection = collection
  }

  async #read(calls: Read[]): Promise<void> {
    const [first] = calls
    // Queries by the id only, because MongoDB does not have to plan such a query.
    if (calls.length === 1) return first?.resolve(await this.#collection().findOne({ _id: first.request }))
    const ids = [...new Set(calls.map(({ request }) => request))]
    const documents = await this.#find(ids)
    for (const one of calls) {
      const document = documents.get(one.request) ?? null
      one.resolve(ids.length < calls.length ? structuredClone(document) : document)
    }
  }

  async #insert(calls: Insert[]): Promise<void> {
    const { done, undone } = await this.#bulk(calls, (document) => ({ insertOne: { document } }))
    for (const one of done) one.resolve()
    sendAlone(undone, async (one) => {
      await this.#collection().insertOne(one.request)
      one.resolve()
    })
  }

  async #touch(calls: Touch[]): Promise<void> {
    const { done, undone, matched } = await this.#bulk(calls, (updateOne) => ({ updateOne }))
    rejectOnFailure(done, this.#settleTouches(done, matched))
    sendAlone(undone, async (one) => {
      const { matchedCount } = await this.#collection().updateOne(one.request.filter, one.request.update)
      await this.#settleTouches([one], matchedCount)
    })
  }

  /** Settles touches. If fewer records matched than there are touches, finds out which by one read. */
  async #settleTouches(touches: Touch[], matched: number): Promise<void> {
    if (matched >= touches.length) {
      for (const one of touches) one.resolve(true)
      return
    }
    const ids = touches.map(({ request }) => request.filter._id)
    const documents = await this.#find(ids, { projection: { revision: 1, expires: 1 } }).catch((error) => {
      throw matched === 0 ? error : unknownOutcome(error)
    })
    const now = Date.now()
    // A live record with this revision was touched, because revisions never repeat.
    for (const one of touches) {
      const { filter } = one.request
      const { revision, expires } = documents.get(filter._id) ?? {}
      one.resolve(revision === filter.revision && !(types.isDate(expires) && expires.getTime() <= now))
    }
  }

  /**
   * Sends writes in one command. Returns the writes that were done, how many of these matched a document, and the
   * writes that were not done and must be sent alone. A single write is always sent alone.
   */
  async #bulk<Call extends GatheredCall<unknown, never>>(
    calls: Call[],
    operationOf: (request: Call['request']) => AnyBulkWriteOperation<RecordDocument>,
  ) {
    if (calls.length === 1) return { done: [], undone: calls, matched: 0 }
    for (const { call } of calls) call.sent = true
    const operations = calls.map(({ request }) => operationOf(request))
    try {
      const { matchedCount } = await this.#collection().bulkWrite(operations, { ordered: false })
      return { done: calls, undone: [], matched: matchedCount }
    } catch (error) {
      const { undone, matched } = undoneIn(error, calls.length)
      const parts = { done: [] as Call[], undone: [] as Call[], matched }
      for (const [index, one] of calls.entries()) parts[undone.has(index) ? 'undone' : 'done'].push(one)
      return parts
    }
  }

  async #find(ids: string[], options?: { projection: object }): Promise<Map<string, RecordDocument>> {
    const found = this.#collection().find({ _id: { $in: ids } }, { batchSize: MOST + 1, ...options })
    return new Map((await found.toArray()).map((document) => [document._id, document]))
  }
}

/** Collects calls to send together. If sending fails, rejects the calls that are not settled. */
function gathering<Request, Answer>(send: (calls: GatheredCall<Request, Answer>[]) => Promise<void>) {
  return new CallsOfATick<Request, Answer>({ most: MOST, send: (calls) => rejectOnFailure(calls, send(calls)) })
}

/** Sends each write separately, so that a refusal does not affect the others. */
function sendAlone<Call extends GatheredCall<unknown, never>>(calls: Call[], send: (one: Call) => Promise<void>): void {
  for (const one of inTime(calls)) {
    one.call.sent = true
    rejectOnFailure([one], send(one))
  }
}

function rejectOnFailure(calls: { reject(error: unknown): void }[], sending: Promise<void>): void {
  sending.catch((error) => {
    for (const one of calls) one.reject(error)
  })
}

/** An error of a bulk of writes. */
interface BulkError {
  writeErrors?: { index: number; code: number }[]
  result?: { matchedCount: number; insertedCount: number; getWriteConcernError(): unknown }
  /** The client's own error of the whole command, if it has one. */
  errorResponse?: unknown
}

/**
 * Returns which writes of a bulk were not done, and how many of the others matched their document. Throws if the
 * outcome of any is unknown, or if all must be sent again.
 */
export function undoneIn(error: unknown, count: number): { undone: ReadonlySet<number>; matched: number } {
  const { writeErrors = [], result, errorResponse } = error as BulkError
  const { matchedCount: matched = 0, insertedCount = 0 } = result ?? {}
  const whole = errorResponse instanceof Error ? errorResponse : error
  const isPartly = writeErrors.length === 0 && matched + insertedCount > 0
  const isUnsure = isPartly || result?.getWriteConcernError() || !writeErrors.every(({ code }) => isDefinite(code))
  if (isUnsure) throw unknownOutcome(whole)
  if (writeErrors.length > 0) return { undone: new Set(writeErrors.map(({ index }) => index)), matched }
  const { outcome, isTransient } = failureOf(whole, false)
  if (isTransient || !(outcome === 'refused' || isUnfit(whole))) throw whole
  return { undone: new Set(Array(count).keys()), matched: 0 }
}
