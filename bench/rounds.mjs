/** Calls `operation(i)` for 0 ≤ i < count, `inFlight` at a time, and gives the time in ms. */
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
 * Measures all contestants in turn, round after round, so that a machine that slows down slows all of them.
 *
 * @returns for each contestant and operation the times of all rounds, in ms
 */
export async function measure(contestants, operations, { rounds, ...load }) {
  const times = new Map(contestants.map(({ name }) => [name, Object.fromEntries(operations.map((op) => [op, []]))]))
  for (let round = -1; round < rounds; round++) {
    // The first round warms up; the order turns, so that nobody is always first.
    const order = contestants.map((_, i) => contestants[(i + Math.max(round, 0)) % contestants.length])
    for (const contestant of order) {
      const taken = await contestant.round(round, load, operations)
      if (round >= 0) for (const op of operations) if (op in taken) times.get(contestant.name)[op].push(taken[op])
    }
  }
  return times
}

/** How many times as fast as the peer we are: the median of the rounds' ratios, with the least and the greatest. */
export function ratio(ours, theirs) {
  const ratios = ours.map((time, i) => theirs[i] / time).sort((a, b) => a - b)
  return { median: median(ratios), least: ratios[0], most: ratios.at(-1) }
}

export function median(sorted) {
  const middle = sorted.length / 2
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}
