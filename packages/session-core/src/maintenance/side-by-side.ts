import type { StoredRecord } from '@sessionbank/databank-kit'

/** Enough that a bank answers many in one exchange. */
const BATCH = 256
/** A batch of large records is smaller, or the bank has no time for all. In characters. */
const BATCH_LENGTH = 2 ** 21
/** So that items are read while those before are worked on. */
const BATCHES_AT_ONCE = 4

/** Calls `work` for each record, as `sideBySide` does: of large ones, for fewer at once. */
export function eachRecord(
  records: AsyncIterable<[string, StoredRecord]>,
  work: (record: [string, StoredRecord]) => Promise<unknown>,
): Promise<void> {
  return sideBySide(records, work, ([, { json }]) => json.length)
}

/**
 * Calls `work` for each item, many at once. Rejects with the first error, once nothing is under way any more.
 *
 * @param lengthOf how large an item is, in characters. Default: all are small
 */
export async function sideBySide<T>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<unknown>,
  lengthOf: (item: T) => number = () => 0,
): Promise<void> {
  const errors: unknown[] = []
  const underWay: Promise<unknown>[] = []
  let batch: T[] = []
  let length = 0
  const start = () => {
    underWay.push(Promise.all(batch.map((item) => work(item).catch((error) => errors.push(error)))))
    batch = []
    length = 0
  }
  try {
    for await (const item of items) {
      length += lengthOf(item)
      if (batch.push(item) < BATCH && length < BATCH_LENGTH) continue
      if (underWay.length === BATCHES_AT_ONCE) await underWay.shift()
      if (errors.length > 0) break
      start()
    }
    if (errors.length === 0) start()
  } finally {
    await Promise.all(underWay)
  }
  if (errors.length > 0) throw errors[0]
}
