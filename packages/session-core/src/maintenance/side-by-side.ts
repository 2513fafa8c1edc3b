/** Enough that a bank answers many in one exchange. */
const BATCH = 256
/** So that items are read while those before are worked on. */
const BATCHES_AT_ONCE = 4

/** Calls `work` for each item, many at once. Rejects with the first error, once nothing is under way any more. */
export async function sideBySide<T>(items: AsyncIterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = []
  const underWay: Promise<unknown>[] = []
  let batch: T[] = []
  const start = () => {
    underWay.push(Promise.all(batch.map((item) => work(item).catch((error) => errors.push(error)))))
    batch = []
  }
  try {
    for await (const item of items) {
      if (batch.push(item) < BATCH) continue
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
