import type { StoredRecord } from '@sessionbank/databank-kit'

/** Number of items in a batch: a bank can answer many in one exchange. */
const BATCH = 256
/** Length of a batch, in characters: with larger batches of large records, some calls would time out. */
const BATCH_LENGTH = 2 ** 21
/** Number of concurrent batches, so that items are read while earlier ones are processed. */
const BATCHES_AT_ONCE = 4

/** Calls `work` for each record concurrently, for fewer at a time if they are large. */
export function eachRecord(
  records: AsyncIterable<[string, StoredRecord]>,
  work: (record: [string, StoredRecord]) => Promise<unknown>,
): Promise<void> {
  return sideBySide(records, work, ([, { json }]) => json.length)
}

/**
 * Calls `work` for each item, many concurrently. Rejects with the first error, after all running calls have ended.
 *
 * @param lengthOf the size of an item, in characters. Default: all are small
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
