import type { StoredRecord } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { explained } from '../explain-bank-error.ts'
import { handleOfStored } from '../handle.ts'
import type { StoreOptions } from '../options.ts'
import { isSessionId } from '../session-id.ts'
import { dataIn, recordText } from '../session-record.ts'
import { isHashedId } from '../stored-ids.ts'
import { type Maintained, maintained } from './maintained.ts'
import { assertIndexed } from './record-tokens.ts'
import { eachRecord } from './side-by-side.ts'

/** The result of `rehash`. */
export interface RehashReport {
  /** Number of sessions that were moved to the hashed form of their ids. */
  moved: number
  /** The handles of records that cannot be read with these options and were left unchanged. */
  unreadable: string[]
}

/**
 * Moves each session from its id to the hashed form of the id, for a store with `hashIds: true`. Stop the app first: a
 * session that a request saves while it is moved would be lost. Writes the new record before it removes the old one, so
 * that no session is lost if it is interrupted; a second call continues.
 *
 * @param options the options of the store; `hashIds` is taken as `true`
 * @param onRecord called for each record, including those that are hashed already
 * @throws InvalidOptionError if the bank has an index that its schema does not contain
 * @throws SessionbankError if the bank fails
 */
export async function rehash(
  bank: Bank,
  options: StoreOptions = {},
  onRecord: () => void = () => {},
): Promise<RehashReport> {
  const sessions = maintained(bank, { ...options, hashIds: true })
  await assertIndexed(bank, options)
  const report: RehashReport = { moved: 0, unreadable: [] }
  await explained(
    eachRecord(sessions.context.records.entries(), async ([id, stored]) => {
      onRecord()
      if (isHashedId(id)) return
      if (await isMoved(sessions, id, stored)) report.moved++
      else report.unreadable.push(handleOfStored(id))
    }),
  )
  return report
}

async function isMoved({ context, writes, readable }: Maintained, id: string, stored: StoredRecord): Promise<boolean> {
  const record = isSessionId(id) ? readable(id, stored) : null
  if (!record) return false
  const hashedId = context.ids.idOf(id)
  const text = recordText(hashedId, dataIn(record), record.cookie, record.created)
  // A record that already exists under the hashed id is newer, because a store reads that id first.
  await writes.write({ ...record, id: hashedId, text }, { expires: stored.expires, ifRevision: null })
  await context.records.delete(id)
  return true
}
