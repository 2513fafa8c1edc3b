// Measures each bank against its peers, and whole apps over HTTP, in interleaved rounds; prints Markdown tables.
// Usage: node --expose-gc bench/run.mjs [table …] [--rounds=N] [--count=N] [--quick] [--write]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { bankTable } from './bank-table.mjs'
import { writeBlock } from './generated-block.mjs'
import { Goals } from './markdown.mjs'
import { versions } from './versions.mjs'

const BANKS = ['disk', 'memory', 'databank-memory', 'redis', 'redis-cluster', 'postgres', 'mongodb']
const GROWING = ['disk', 'memory', 'redis', 'postgres']
const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md')
const GROWTH = join(import.meta.dirname, 'growth.mjs')

/** The tables by name. */
const TABLES = new Map([
  ...BANKS.map((name) => [name, () => import(`./banks/${name}.mjs`).then(ofBank)]),
  ['scale-pattern', () => import('./scale-pattern.mjs')],
  ['protection', () => import('./protection.mjs')],
  ['http', () => import('./http/table.mjs')],
  ['growth', async () => ({ title: 'Growth', run: growth })],
])

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    count: { type: 'string' },
    // Runs one round of a few sessions, to check that everything works.
    quick: { type: 'boolean', default: false },
    // Writes the tables into docs/performance.md.
    write: { type: 'boolean', default: false },
    // Set in the child process of one table.
    part: { type: 'boolean', default: false },
  },
})
const { quick: isQuick, part: isPart, write } = values
const settings = {
  rounds: Number(values.rounds ?? (isQuick ? 1 : 7)),
  warmUp: isQuick ? 0 : 1,
  count: Number(values.count ?? (isQuick ? 10 : 5_000)),
}
if (!(settings.rounds > 0 && settings.count > 0)) throw new Error('--rounds and --count must be numbers above 0')
if (isQuick && write)
  throw new Error('--quick and --write cannot be combined: the figures of a quick run are too rough for the page')
for (const name of positionals) {
  if (!TABLES.has(name)) throw new Error(`there is no table "${name}": ${[...TABLES.keys()].join(', ')}`)
}

const names = positionals.length > 0 ? positionals : [...TABLES.keys()]
if (!isPart) {
  console.log(versions())
  if (write) writeBlock(PAGE, 'versions', versions())
}
if (names.length === 1) await make(names[0])
// A quick run measures nothing exactly, so its tables run in parallel. They mostly wait for servers to start.
else await makeAll([...names], isQuick ? 3 : 1)

async function make(name) {
  const { title, run } = await TABLES.get(name)()
  console.log(`\n### ${title}\n`)
  const goals = new Goals(!isQuick)
  const figures = await run({ ...settings, isQuick, goals })
  const month = new Date().toLocaleDateString('en', { month: 'long', year: 'numeric' })
  const section = [`${month}. ${figures}`, goals.summary()].filter(Boolean).join('\n\n')
  console.log(section)
  if (write) writeBlock(PAGE, name, section)
}

async function makeAll(waiting, atATime) {
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await makeInProcess(name)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}

/** Runs a table in a child process, so that its garbage and compiled code do not slow down the next one. */
async function makeInProcess(name) {
  const args = [...process.execArgv, import.meta.filename, name, '--part', ...process.argv.slice(2).filter(isOption)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  process.stdout.write(output)
  if (status === 0) return
  console.error(`the table "${name}" failed`)
  process.exitCode = 1
}

function isOption(argument) {
  return argument.startsWith('--')
}

function ofBank(bank) {
  return { title: bank.title, run: (options) => bankTable(bank, options) }
}

/** Measured by another program, once for each bank. */
async function growth() {
  const limits = isQuick ? ['--sizes=100', '--rounds=1', '--count=50'] : []
  const tables = []
  // Each table expires 10,000 sessions, which takes too long on a server for a quick run.
  for (const bank of isQuick ? ['memory'] : GROWING) {
    const args = ['--expose-gc', GROWTH, bank, ...limits]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    if (status !== 0) throw new Error(`bench/growth.mjs ${bank} ended with ${status}`)
    tables.push(output.trim().replace(/^### /gm, '#### '))
  }
  return tables.join('\n\n')
}
