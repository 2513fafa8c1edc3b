import type { StoredRecord } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { explained } from '../explain-bank-error.ts'
import { handleOfStored } from '../handle.ts'
import type { StoreOptions } from '../options.ts'
import { coverageOf, type Maintained, maintained } from './maintained.ts'
import { assertIndexed } from './record-tokens.ts'
import { eachRecord } from './side-by-side.ts'

/** What was done. */
export interface ReindexReport {
  /** Sessions that were written anew. */
  written: number
  /** The handles of records that cannot be read with these options; they were left as they are. */
  unreadable: string[]
}

/**
 * Writes each session anew, as a save by a store with these options does: into the indexes of the bank's schema, sealed by
 * the newest key. Each is written on the condition that it is unchanged, so an app may run meanwhile; all its processes
 * must have the same options and schema before. If every record could be read, searches go by the indexes from then on.
 *
 * @param onRecord called after each record
 * @throws InvalidOptionError if the bank has an index that its schema does not name
 * @throws a SessionbankError if the bank fails; what was written stays, and a second call begins anew
 */
export async function reindex(
  bank: Bank,
  options: StoreOptions = {},
  onRecord: () => void = () => {},
): Promise<ReindexReport> {
  const sessions = maintained(bank, options)
  await assertIndexed(bank, options)
  const report: ReindexReport = { written: 0, unreadable: [] }
  await explained(
    eachRecord(sessions.context.records.entries(), async ([id, stored]) => {
      const outcome = await writtenAnew(sessions, id, stored)
      if (outcome === 'written') report.written++
      if (outcome === 'unreadable') report.unreadable.push(handleOfStored(id))
      onRecord()
    }),
  )
  const { indices } = sessions.context
  if (indices.length > 0 && report.unreadable.length === 0) await explained(coverageOf(sessions.context).markWhole())
  return report
}

async function writtenAnew({ context, writes, readable }: Maintained, id: string, first: StoredRecord) {
  for (let stored: StoredRecord | null = first; stored; stored = await context.records.read(id)) {
    const record = readable(id, stored)
    if (!record) return 'unreadable'
    const { revision: ifRevision, expires } = stored
    if ((await writes.write(record, { expires, ifRevision, extend: true })) !== null) return 'written'
  }
  return 'gone'
}
