import type { StoredRecord } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { explained } from '../explain-bank-error.ts'
import { handleOfStored } from '../handle.ts'
import type { StoreOptions } from '../options.ts'
import { coverageOf, type Maintained, maintained } from './maintained.ts'
import { assertIndexed } from './record-tokens.ts'
import { eachRecord } from './side-by-side.ts'

/** The result of `reindex`. */
export interface ReindexReport {
  /** Number of sessions that were rewritten. */
  written: number
  /** The handles of records that cannot be read with these options and were left unchanged. */
  unreadable: string[]
}

/**
 * Rewrites each session as a save by a store with these options would: in the indexes of the bank's schema, sealed with
 * the newest key. Writes only unchanged records, so an app may run meanwhile; all its processes must already have the
 * same options and schema. If all records could be read, searches use the indexes from then on.
 *
 * @param onRecord called after each record
 * @throws InvalidOptionError if the bank has an index that its schema does not contain
 * @throws SessionbankError if the bank fails; rewritten records stay, and a second call starts again
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
