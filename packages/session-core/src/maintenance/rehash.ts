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

/** What was done. */
export interface RehashReport {
  /** Sessions that were moved to the hashed form of their ids. */
  moved: number
  /** The handles of records that cannot be read with these options; they were left as they are. */
  unreadable: string[]
}

/**
 * Moves each session from its id to the hashed form of it, for a store with `hashIds: true`. The app has to be stopped: a
 * session that a request saves while it is moved would be lost. A session is written before the older record is removed, so
 * that none is lost if this breaks off; a second call goes on.
 *
 * @param options as the store has them; `hashIds` is taken for `true`
 * @param onRecord called for each record, also those that lie there already
 * @throws InvalidOptionError if the bank has an index that its schema does not name
 * @throws a SessionbankError if the bank fails
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
  // One that is there already is the later one: a store looks under the hashed id first.
  await writes.write({ ...record, id: hashedId, text }, { expires: stored.expires, ifRevision: null })
  await context.records.delete(id)
  return true
}
