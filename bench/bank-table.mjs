import { table } from './markdown.mjs'
import { measure, median, ratio } from './rounds.mjs'
import { OPERATIONS } from './store-contestant.mjs'

/** The loads. Each uses a share of `count`, because operations one at a time take longer. */
const LOADS = [
  { inFlight: 64, bytes: 350, share: 1 },
  { inFlight: 8, bytes: 350, share: 1 },
  { inFlight: 1, bytes: 350, share: 0.4 },
  { inFlight: 64, bytes: 4_000, share: 0.4 },
]
const BYTES_OF_THE_GOALS = 350

/**
 * Measures a bank against its peers, and returns a Markdown table.
 *
 * @param bank a module of `banks`: `title`; `start()` returns a server or null; `ours(server)` a contestant; and
 *   `peers(server)` a list of `{contestant, goals}`, with goals for each operation, or for each number in flight
 */
export async function bankTable(bank, { rounds, warmUp, count, goals: tally }) {
  const server = await bank.start()
  const contestants = []
  try {
    const us = bank.ours(server)
    const rivals = bank.peers(server)
    contestants.push(us, ...rivals.map(({ contestant }) => contestant))
    const rows = []
    for (const { inFlight, bytes, share } of LOADS) {
      const load = { rounds, warmUp, count: Math.ceil(count * share), inFlight, bytes }
      const times = await measure(contestants, load)
      const ours = times.get(us.name)
      for (const { contestant, goals } of rivals) {
        const theirs = times.get(contestant.name)
        const cells = Object.keys(OPERATIONS).map((operation) => {
          if (!ours[operation] || !theirs[operation]) return '–'
          const what = `${bank.title.replace(/:.*/, '')} against ${contestant.name}, ${operation}, ${inFlight} in flight`
          return tally.cell(ratio(ours[operation], theirs[operation]), goalsAt(goals, load)[operation], what)
        })
        rows.push([contestant.name, inFlight, bytes, ...cells])
      }
      const micros = Object.keys(OPERATIONS).map((operation) => microsOf(ours[operation], load))
      rows.push(['(ours, µs an operation)', inFlight, bytes, ...micros])
    }
    const note = `Sessions: ${count}, rounds: ${rounds}; 40 % of the sessions at 1 in flight and at 4,000 bytes. \`touchAfter: 0\`.`
    return `${note}\n\n${table(['how many times as fast as', 'in flight', 'bytes', ...Object.values(OPERATIONS)], rows)}`
  } finally {
    for (const contestant of contestants) await contestant.close()
    await server?.stop()
  }
}

function goalsAt(goals, { inFlight, bytes }) {
  if (bytes !== BYTES_OF_THE_GOALS) return {}
  const depends = Object.keys(goals).some((key) => Number(key) > 0)
  return depends ? (goals[inFlight] ?? {}) : goals
}

function microsOf(times, { count }) {
  return times ? ((median(times) * 1000) / count).toFixed(1) : '–'
}
