import { types } from 'node:util'
import type { Call } from '@sessionbank/databank-kit'
import type { Filter, UpdateResult } from 'mongodb'
import type { Records } from './connection.ts'
import { isDuplicate } from './failures.ts'
import { live, type NewDocument, type RecordDocument } from './stored-form.ts'

/** How often to replace or insert, which both fail only if another writer of the id comes in between. */
const TRIES = 5

/** Replaces the document that `which` matches, or inserts one. Returns false if the id has one that it does not match. */
export async function replaceOrInsert(
  collection: Records,
  which: Filter<RecordDocument> & { _id: string },
  document: NewDocument,
  call: Call,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await collection.replaceOne(which, document, { upsert: true })
      return true
    } catch (error) {
      if (!isDuplicate(error)) throw error
      call.assertInTime()
      const other = { _id: which._id, $nor: [which] }
      if (await collection.findOne(other, { projection: { _id: 1 } })) return false
      // The other writer was faster; or another unique index refused the record.
      if (attempt === TRIES) throw error
      call.assertInTime()
    }
  }
}

/** What changes on the condition that the record ends as `on` says; it ends at `end` then. */
type ChangeOfEnd = (on: RecordDocument['expires'] | object, end: Date | null) => Promise<UpdateResult>

/** Changes a live record that `which` matches. It ends at the later one of its own end and the new one. */
export async function changeWithLaterEnd(
  collection: Records,
  which: Filter<RecordDocument>,
  { expires, now, change, call }: { expires: Date; now: number; change: ChangeOfEnd; call: Call },
): Promise<boolean> {
  // Nearly always the new end is the later one.
  if (await isMatched(change({ $gt: new Date(now), $lte: expires }, expires))) return true
  for (;;) {
    call.assertInTime()
    const found = await collection.findOne({ ...which, expires: live(now) }, { projection: { expires: 1 } })
    if (!found) return false
    call.assertInTime()
    const own = found.expires ?? null
    if (await isMatched(change(own, types.isDate(own) && own < expires ? expires : own))) return true
  }
}

/** Returns whether a change found its document. */
export async function isMatched(change: Promise<UpdateResult>): Promise<boolean> {
  return (await change).matchedCount === 1
}
