import { types } from 'node:util'
import type { Call, Condition, Revision } from '@sessionbank/databank-kit'
import type { Filter } from 'mongodb'
import type { Records } from './connection.ts'
import { isDuplicate } from './failures.ts'
import { live, type NewDocument, type RecordDocument } from './stored-form.ts'

/** Maximum attempts of a replace-or-insert, which fails only if another writer of the id comes in between. */
const TRIES = 5

/**
 * Replaces the document that matches the filter, or inserts one. Returns false if the id has one that does not match.
 */
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
      // An unconditional write matches any document, so it is never given up here.
      const other = { _id: filter._id, $nor: [filter] }
      if (await collection.findOne(other, { projection: { _id: 1 } })) return false
      // Another writer was faster, or another unique index refused the record.
      if (attempt === TRIES) throw error
      call.assertInTime()
    }
  }
}

/**
 * Replaces the live record of a revision. With `extend`, keeps the stored expiry if it is later.
 *
 * @returns false if there is no such record
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
  // The new expiry is nearly always later.
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
