import type { Bank } from '../bank.ts'
import { explained } from '../explain-bank-error.ts'
import { handleOfStored } from '../handle.ts'
import type { StoreOptions } from '../options.ts'
import { maintained } from './maintained.ts'
import { eachRecord } from './side-by-side.ts'

/**
 * Ends the sessions with these handles, even those that cannot be read with these options. Returns their number. Reads
 * all ids of the bank; an app that knows the session's user calls `destroyWhere(criteria, { handle })` instead.
 *
 * @throws SessionbankError if the bank fails
 */
export async function endByHandle(bank: Bank, handles: readonly string[], options: StoreOptions = {}): Promise<number> {
  const { records } = maintained(bank, options).context
  const wanted = new Set(handles)
  let ended = 0
  const end = async ([id]: [string, unknown]) => {
    if (wanted.has(handleOfStored(id)) && (await records.delete(id))) ended++
  }
  await explained(eachRecord(records.entries(), end))
  return ended
}
