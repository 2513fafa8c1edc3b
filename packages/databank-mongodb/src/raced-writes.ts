import { types } from 'node:util'
import type { Call, Condition, Revision } from '@sessionbank/databank-kit'
import type { Filter } from 'mongodb'
import type { Records } from './connection.ts'
import { isDuplicate } from './failures.ts'
import { live, type NewDocument, type RecordDocument } from './stored-form.ts'

/** How often to replace or insert, which both fail only if another writer of the id comes in between. */
const TRIES = 5

/** Replaces the document that the filter matches, or inserts one. Returns false if the id has one that it does not match. */
export async function replaceOrInsert(
  collection: Records,
  filter: Filter<RecordDocument> & { _id: string },
  document: NewDocument,
  call: Call,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await collection.replaceOne(filter, document, { upsert: true })
      return true
    } catch (error) {
      if (!isDuplicate(error)) throw error
      call.assertInTime()
      // An unconditional write matches any document, so it is tried again.
      const other = { _id: filter._id, $nor: [filter] }
      if (await collection.findOne(other, { projection: { _id: 1 } })) return false
      // The other writer was faster; or another unique index refused the record.
      if (attempt === TRIES) throw error
      call.assertInTime()
    }
  }
}

/**
 * Replaces the live record of a revision. With `extend` it ends at the later one of its own end and the new one.
 *
 * @returns false if there is none
 */
export async function replaceRevision(
  collection: Records,
  current: { _id: string; revision: Revision },
  document: NewDocument,
  { condition: { extend, now }, call }: { condition: Condition; call: Call },
): Promise<boolean> {
  const { expires } = document
  const replaceIf = async (expiresNow: object | null, newExpires: Date | null) => {
    const { matchedCount } = await collection.replaceOne(
      { ...current, expires: expiresNow },
      { ...document, expires: newExpires },
    )
    return matchedCount === 1
  }
  if (!extend || expires === null) return replaceIf(live(now), expires)
  // Nearly always the new end is the later one.
  if (await replaceIf({ $gt: new Date(now), $lte: expires }, expires)) return true
  for (;;) {
    call.assertInTime()
    const found = await collection.findOne({ ...current, expires: live(now) }, { projection: { expires: 1 } })
    if (!found) return false
    call.assertInTime()
    const own = found.expires ?? null
    if (await replaceIf(own, types.isDate(own) && own < expires ? expires : own)) return true
  }
}
