import { types } from 'node:util'
import type { Call } from '@sessionbank/databank-kit'
import type { Filter } from 'mongodb'
import type { Records } from './connection.ts'
import { duplicateIn } from './failures.ts'
import { expiredBy, live, type NewDocument, type RecordDocument } from './stored-form.ts'

/** Tries to insert an id or to replace what lies under it, which both fail only if others come in between. */
const TRIES = 5

/** Two upserts at once may both find nothing and insert: the loser changed nothing, and replaces the next time. */
export async function put(collection: Records, id: string, document: NewDocument, call: Call): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await collection.replaceOne({ _id: id }, document, { upsert: true })
      return true
    } catch (error) {
      const index = duplicateIn(error)
      if (index === undefined || index === 'other' || attempt === TRIES) throw error
      call.assertInTime()
    }
  }
}

/** Inserts, and replaces what has expired. */
export async function create(
  collection: Records,
  id: string,
  document: NewDocument,
  now: number,
  call: Call,
): Promise<boolean> {
  call.sent = true
  for (let attempt = 1; ; attempt++) {
    try {
      await collection.insertOne({ _id: id, ...document })
      return true
    } catch (error) {
      const index = duplicateIn(error)
      if (index === undefined || index === 'other') throw error
      call.assertInTime()
      if (await matched(collection.replaceOne({ _id: id, ...expiredBy(now) }, document))) return true
      if (await collection.findOne({ _id: id }, { projection: { _id: 1 } })) return false
      // It is gone meanwhile; or another index refused the record, and the server does not say so.
      if (attempt === TRIES) throw error
      call.assertInTime()
    }
  }
}

export interface Lengthening {
  /** The change, on the condition that the record ends no later than `expires`, as it nearly always does. */
  atOnce(): Promise<{ matchedCount: number }>
  expires: Date
  /** What else to change in a record that keeps its later end. Default: nothing. */
  content?: object
  now: number
  call: Call
}

/** Changes a live record, which ends at the later one of its own end and the new one. */
export async function lengthen(
  collection: Records,
  which: Filter<RecordDocument>,
  { atOnce, expires, content, now, call }: Lengthening,
): Promise<boolean> {
  for (;;) {
    call.assertInTime()
    if (await matched(atOnce())) return true
    call.assertInTime()
    const found = await collection.findOne({ ...which, expires: live(now) }, { projection: { expires: 1 } })
    if (!found) return false
    // MongoDB takes null for less than any date, but here it is never: the latest end.
    const end = types.isDate(found.expires) ? found.expires : null
    if (end !== null && end <= expires) continue
    if (content === undefined) return true
    call.assertInTime()
    const kept = { ...which, expires: end ?? { $not: { $type: 'date' as const } } }
    if (await matched(collection.updateOne(kept, content))) return true
  }
}

/** Returns whether a change found its document. */
export async function matched(change: Promise<{ matchedCount: number }>): Promise<boolean> {
  const { matchedCount } = await change
  return matchedCount === 1
}
