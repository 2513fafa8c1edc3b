/** Calls `operation(i)` for 0 ≤ i < count, `inFlight` at a time, and returns the time in ms. */
export async function timed({ count, inFlight }, operation) {
  let next = 0
  const worker = async () => {
    for (let i = next++; i < count; i = next++) await operation(i)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return performance.now() - began
}

/**
 * Measures all contestants in turn, round by round, so that a change in the machine's speed affects all of them.
 *
 * @param warmUp the number of rounds that do not count. Default: 1
 * @param contestants each has a `name` and `round(round, load)`, which returns the ms of each operation it supports
 * @returns for each contestant's name and each operation, the times of all rounds in ms
 */
export async function measure(contestants, { rounds, warmUp = 1, ...load }) {
  const times = new Map(contestants.map(({ name }) => [name, {}]))
  for (let round = -warmUp; round < rounds; round++) {
    // The order rotates, so that no contestant is always first.
    const order = contestants.map((_, i) => contestants[(i + Math.max(round, 0)) % contestants.length])
    for (const contestant of order) {
      const taken = await contestant.round(round, load)
      if (round < 0) continue
      const all = times.get(contestant.name)
      for (const [operation, time] of Object.entries(taken)) {
        all[operation] ??= []
        all[operation].push(time)
      }
    }
  }
  return times
}

/** Returns our speed divided by the peer's: the median, minimum and maximum of the rounds' ratios. */
export function ratio(ours, theirs) {
  return spread(ours.map((time, i) => theirs[i] / time))
}

/** Returns the median, minimum and maximum of numbers in any order. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: medianOf(sorted), least: sorted[0], most: sorted.at(-1) }
}

/** Returns the median of numbers in any order. */
export function median(numbers) {
  return spread(numbers).median
}

function medianOf(sorted) {
  const middle = sorted.length / 2
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}
