/** How many records are under way at once: enough that a bank may answer many in one exchange. */
const AT_ONCE = 128

/** Calls `work` for each item, many at once. Rejects with the first error, once nothing is under way any more. */
export async function sideBySide<T>(items: AsyncIterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  let underWay: Promise<unknown>[] = []
  const settled = async () => {
    const outcomes = await Promise.allSettled(underWay)
    underWay = []
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
  try {
    for await (const item of items) {
      underWay.push(work(item))
      if (underWay.length === AT_ONCE) await settled()
    }
  } finally {
    await settled()
  }
}
