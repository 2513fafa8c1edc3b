// Measures what a session takes in Redis and PostgreSQL, and what each kind of write adds to their logs (AOF, WAL).
// Usage: node bench/write-cost.mjs [--sessions=N] [--write]
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
/** Every so many-th session: no two of them are on one page of a table. */
const SPARSE = 50
const PAGE = join(import.meta.dirname, '..', 'docs', 'scaling.md')

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '20000' }, write: { type: 'boolean', default: false } },
})
const count = Number(values.sessions)
if (!(count > 0)) throw new Error('--sessions is a number above 0')

/** For each database how to look at it: the bytes that it holds, and those that it has logged. */
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
        // The file is written behind the answer; its buffer is empty within a second.
        logged: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1_500))
          return field('persistence', 'aof_current_size')
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
        // The first change of each page after it logs the whole page.
        checkpoint: () => client.query('CHECKPOINT'),
        close: () => client.end(),
      }
    },
  },
]

const rows = []
for (const { name, kind, look } of DATABASES) {
  const server = await kind.start()
  const bank = await openDatabank(server.url)
  const eye = await look(server.url)
  try {
    rows.push(...(await rowsOf(name, bank, eye)))
  } finally {
    await bank.disconnect()
    await eye.close()
    await server.stop()
  }
}
const head = ['bytes', 'held', 'logged: new', 'save', 'touch', 'a touch with `touchAfter`, by default', 'destroy']
const text = `${count} sessions of 350 bytes, no index on their fields.\n\n${table(head, rows)}`
console.log(text)
if (values.write) writeBlock(PAGE, 'write-cost', text)

/** Returns a row of the table; a second one where a change costs more just behind a checkpoint. */
async function rowsOf(name, bank, eye) {
  const eager = new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 })
  const byDefault = new DatabankStore(bank, { cleanupInterval: false })
  await eager.set('first', sessionOf(0))
  const empty = await eye.stored()
  const created = await logged(eye, 1, (i) => eager.set(sidOf(0, i), sessionOf(i)))
  const held = Math.round(((await eye.stored()) - empty) / count)
  const save = await loggedAgain(eye, 1, eager, saved)
  const touch = await loggedAgain(eye, 1, eager, touched)
  const lazyTouch = await loggedAgain(eye, 1, byDefault, touched)
  const sparse = []
  if (eye.checkpoint) {
    for (const change of [saved, touched]) {
      await eye.checkpoint()
      sparse.push(await loggedAgain(eye, SPARSE, eager, change))
    }
  }
  const destroyed = await logged(eye, 1, (i) => eager.destroy(sidOf(0, i)))
  const rows = [[name, held, created, save, touch, lazyTouch, destroyed]]
  if (eye.checkpoint) rows.push([`${name}, each page for the first time since a checkpoint`, '', '', ...sparse, 0, ''])
  return rows
}

function saved(store, sid, session) {
  return store.set(sid, Object.assign(session, { visits: -Math.random(), cookie: cookie() }))
}

function touched(store, sid, session) {
  return store.touch(sid, Object.assign(session, { cookie: cookie() }))
}

/** Loads every so many-th session, and returns the bytes that the change of one adds to the log. */
async function loggedAgain(eye, step, store, change) {
  const sessions = []
  await each(step, async (i) => (sessions[i] = await store.get(sidOf(0, i))))
  return logged(eye, step, (i) => change(store, sidOf(0, i), sessions[i]))
}

async function logged(eye, step, operation) {
  const before = await eye.logged()
  await each(step, operation)
  return Math.round(((await eye.logged()) - before) / Math.ceil(count / step))
}

function each(step, operation) {
  return timed({ count: Math.ceil(count / step), inFlight: IN_FLIGHT }, (n) => operation(n * step))
}
