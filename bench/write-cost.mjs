// Measures the size of a session in Redis and PostgreSQL, the bytes that each kind of write adds to their logs (AOF,
// WAL), and the server's CPU time for each operation. Linux only: the CPU time of PostgreSQL's processes is in /proc.
// Usage: node bench/write-cost.mjs [--sessions=N] [--write]
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { postgres, redis } from '@sessionbank/test-servers'
import pg from 'pg'
import { createClient } from 'redis'
import { writeBlock } from './generated-block.mjs'
import { table } from './markdown.mjs'
import { timed } from './rounds.mjs'
import { cookie, sessionOf, sidOf } from './sessions.mjs'

const IN_FLIGHT = 64
/** Sessions at this distance are on different pages of a table. */
const SPARSE = 50
/** Clock ticks per second, the unit of CPU times in /proc. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const PAGE = join(import.meta.dirname, '..', 'docs', 'scaling.md')

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '20000' }, write: { type: 'boolean', default: false } },
})
const count = Number(values.sessions)
if (!(count > 0)) throw new Error('--sessions must be a number above 0')

/** The databases, with functions that return the stored bytes and the logged bytes. */
const DATABASES = [
  {
    name: 'Redis',
    kind: redis,
    async look(url) {
      const client = await createClient({ url }).connect()
      const field = async (section, name) =>
        Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await client.info(section))?.[1])
      return {
        stored: () => field('memory', 'used_memory'),
        // The file is written after the answer, within a second.
        logged: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1_500))
          return field('persistence', 'aof_current_size')
        },
        cpu: async () => {
          const info = await client.info('cpu')
          return 1e6 * (Number(/used_cpu_sys:(\S+)/.exec(info)?.[1]) + Number(/used_cpu_user:(\S+)/.exec(info)?.[1]))
        },
        close: () => client.close(),
      }
    },
  },
  {
    name: 'PostgreSQL',
    kind: postgres,
    async look(url) {
      const client = new pg.Client(url)
      client.on('error', () => {})
      await client.connect()
      const number = async (sql) => Number((await client.query(sql)).rows[0].number)
      return {
        stored: () =>
          number(`SELECT sum(pg_total_relation_size(oid)) AS number FROM pg_class
          WHERE relkind = 'r' AND relname LIKE 'databank%'`),
        logged: () => number(`SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS number`),
        // After a checkpoint, the first change of a page logs the whole page.
        checkpoint: () => client.query('CHECKPOINT'),
        cpu: async () => {
          const { rows } = await client.query('SELECT pid FROM pg_stat_activity')
          return rows.reduce((sum, { pid }) => sum + cpuOf(pid), 0)
        },
        close: () => client.end(),
      }
    },
  },
]

const rows = []
const cpuRows = []
for (const { name, kind, look } of DATABASES) {
  const server = await kind.start()
  const bank = await openDatabank(server.url)
  const eye = await look(server.url)
  try {
    const costs = await rowsOf(name, bank, eye)
    rows.push(...costs.rows)
    cpuRows.push(costs.cpuRow)
  } finally {
    await bank.disconnect()
    await eye.close()
    await server.stop()
  }
}
const head = [
  'bytes a session',
  'held',
  'logged: new',
  'save',
  'touch',
  'a touch with `touchAfter`, by default',
  'destroy',
]
const cpuHead = [`CPU of the server, µs, ${IN_FLIGHT} in flight`, 'get', 'new', 'save', 'touch', 'destroy']
const note = `${count} sessions of 350 bytes, no index on their fields.`
const text = [note, table(head, rows), table(cpuHead, cpuRows)].join('\n\n')
console.log(text)
if (values.write) writeBlock(PAGE, 'write-cost', text)

/**
 * Returns the table rows of a database: one or two of the logged bytes (two if changes cost more after a checkpoint),
 * and one of the CPU time.
 */
async function rowsOf(name, bank, eye) {
  const eager = new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 })
  const byDefault = new DatabankStore(bank, { cleanupInterval: false })
  await eager.set('first', sessionOf(0))
  const empty = await eye.stored()
  const created = await cost(eye, 1, (i) => eager.set(sidOf(0, i), sessionOf(i)))
  const held = Math.round(((await eye.stored()) - empty) / count)
  const read = await cost(eye, 1, (i) => eager.get(sidOf(0, i)))
  const save = await costOfChange(eye, 1, eager, saved)
  const touch = await costOfChange(eye, 1, eager, touched)
  const lazyTouch = await costOfChange(eye, 1, byDefault, touched)
  const sparse = []
  if (eye.checkpoint) {
    for (const change of [saved, touched]) {
      await eye.checkpoint()
      sparse.push(await costOfChange(eye, SPARSE, eager, change))
    }
  }
  const destroyed = await cost(eye, 1, (i) => eager.destroy(sidOf(0, i)))
  const costs = [created, save, touch, lazyTouch, destroyed]
  const rows = [[name, held, ...costs.map(({ bytes }) => bytes)]]
  const pages = 'each page for the first time since a checkpoint'
  if (eye.checkpoint) rows.push([`${name}, ${pages}`, '', '', ...sparse.map(({ bytes }) => bytes), 0, ''])
  const cpuRow = [name, ...[read, created, save, touch, destroyed].map(({ cpu }) => cpu.toFixed(1))]
  return { rows, cpuRow }
}

function saved(store, sid, session) {
  return store.set(sid, Object.assign(session, { visits: -Math.random(), cookie: cookie() }))
}

function touched(store, sid, session) {
  return store.touch(sid, Object.assign(session, { cookie: cookie() }))
}

/** Loads every `step`-th session, then returns the cost of changing one. */
async function costOfChange(eye, step, store, change) {
  const sessions = []
  await each(step, async (i) => (sessions[i] = await store.get(sidOf(0, i))))
  return cost(eye, step, (i) => change(store, sidOf(0, i), sessions[i]))
}

/** Returns the bytes that one operation adds to the log, and the server's CPU time in µs. */
async function cost(eye, step, operation) {
  const before = { bytes: await eye.logged(), cpu: await eye.cpu() }
  const done = await each(step, operation)
  const cpu = (await eye.cpu()) - before.cpu
  const bytes = (await eye.logged()) - before.bytes
  return { bytes: Math.round(bytes / done), cpu: cpu / done }
}

/** Returns how many operations there were. */
async function each(step, operation) {
  const operations = Math.ceil(count / step)
  await timed({ count: operations, inFlight: IN_FLIGHT }, (n) => operation(n * step))
  return operations
}

/** Returns the CPU time of a process in µs. */
function cpuOf(pid) {
  // utime and stime are fields 14 and 15, counted after the name, which may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS
}
