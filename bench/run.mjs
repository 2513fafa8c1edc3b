// Measures each bank against its peers, in one process and in interleaved rounds, and prints Markdown tables.
// Usage: node --expose-gc bench/run.mjs [bank …] [--rounds=N] [--count=N] [--in-flight=N]
import { parseArgs } from 'node:util'
import { measure, median, ratio } from './rounds.mjs'

const BANKS = ['disk', 'memory', 'databank-memory', 'redis', 'postgres', 'mongodb']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    count: { type: 'string', default: '20000' },
    // As in a busy server.
    'in-flight': { type: 'string', default: '64' },
  },
})
const settings = { rounds: Number(values.rounds), count: Number(values.count), inFlight: Number(values['in-flight']) }
if (!Object.values(settings).every((number) => number > 0)) {
  throw new Error('--rounds, --count and --in-flight are numbers above 0')
}

console.log(
  `${settings.count} sessions of about 350 bytes, ${settings.inFlight} operations in flight, ${settings.rounds} rounds; Node ${process.version}`,
)
for (const name of positionals.length > 0 ? positionals : BANKS) {
  if (!BANKS.includes(name)) throw new Error(`there is no bank "${name}": ${BANKS.join(', ')}`)
  const bank = await import(`./banks/${name}.mjs`)
  await compare(bank)
}

async function compare({ title, operations, start, ours, peers }) {
  const server = await start()
  const us = ours(server)
  const rivals = peers(server)
  const contestants = [us, ...rivals.map(({ contestant }) => contestant)]
  try {
    const times = await measure(contestants, operations, settings)
    print(title, operations, us, rivals, times)
  } finally {
    for (const contestant of contestants) await contestant.close()
    await server?.stop()
  }
}

function print(title, operations, us, rivals, times) {
  const ours = times.get(us.name)
  console.log(`\n### ${title}\n`)
  console.log(`| how many times as fast as … | ${operations.join(' | ')} |`)
  console.log(`|---|${operations.map(() => '---').join('|')}|`)
  for (const { contestant, goals } of rivals) {
    const theirs = times.get(contestant.name)
    const cells = operations.map((op) => (theirs[op].length > 0 ? cell(ratio(ours[op], theirs[op]), goals[op]) : '–'))
    console.log(`| ${contestant.name} | ${cells.join(' | ')} |`)
  }
  const micros = operations.map((op) =>
    ((median([...ours[op]].sort((a, b) => a - b)) * 1000) / settings.count).toFixed(1),
  )
  console.log(`| (sessionbank, µs an operation) | ${micros.join(' | ')} |`)
}

function cell({ median, least, most }, goal) {
  const met = goal === undefined ? '' : median >= goal ? `, goal ${goal} ✓` : `, goal ${goal} ✗`
  return `**${median.toFixed(2)}** (${least.toFixed(2)}–${most.toFixed(2)}${met})`
}
