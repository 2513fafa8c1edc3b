// Counts how often stores for express-session keep a session correct when requests overlap, with one app over HTTP.
// Usage: node bench/promises.mjs [--rounds=N]
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { mongodb, postgres, redis } from '@sessionbank/test-servers'
import MongoStore from 'connect-mongo'
import { RedisStore } from 'connect-redis'
import databank from 'databank'
import session from 'express-session'
import memorystore from 'memorystore'
import pg from 'pg'
import { createClient } from 'redis'
import { table } from './markdown.mjs'
import { OverlappingApp } from './overlapping-app.mjs'

const require = createRequire(import.meta.url)
const ConnectDatabankStore = require('connect-databank')(session)
const FileStore = require('session-file-store')(session)
const PgStore = require('connect-pg-simple')(session)
const MemoryStoreWithLimit = memorystore(session)

/** The stores that need no server. Each function returns the store and a function that closes it. */
const LOCAL = [
  ['Sessionbank, `disk:`', () => inFolder((path) => sessionbank(`disk:${path}`))],
  ['session-file-store', () => inFolder((path) => ({ store: new FileStore({ path, reapInterval: -1, logFn() {} }) }))],
  ["express-session's MemoryStore", () => ({ store: new session.MemoryStore() })],
  ['memorystore', () => ({ store: new MemoryStoreWithLimit({}) })],
  ['connect-databank', connectDatabank],
]

/** The stores that need a server, each with its server. The functions get the URL of the server. */
const ON_SERVERS = [
  [redis, 'Sessionbank, `redis:`', sessionbank],
  [redis, 'connect-redis', connectRedis],
  [postgres, 'Sessionbank, `postgres:`', sessionbank],
  [postgres, 'connect-pg-simple', connectPgSimple],
  [mongodb, 'Sessionbank, `mongodb:` (a stand-in)', sessionbank],
  [mongodb, 'connect-mongo (a stand-in)', (mongoUrl) => closing(MongoStore.create({ mongoUrl }))],
]

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })
const rounds = Number(values.rounds)
if (!(rounds > 0)) throw new Error('--rounds must be a number above 0')

const rows = []
for (const [name, open] of LOCAL) rows.push(await rowOf(name, open))
const servers = new Map()
try {
  for (const [kind, name, open] of ON_SERVERS) {
    const missing = kind.missing()
    if (missing) rows.push([name, `not tried: ${missing}`, ''])
    else {
      if (!servers.has(kind)) servers.set(kind, await kind.start())
      rows.push(await rowOf(name, () => open(servers.get(kind).url)))
    }
  }
} finally {
  for (const server of servers.values()) await server.stop()
}
console.log(`How often, of ${rounds} times:\n`)
console.log(
  table(['store', 'two requests at once: both changes were kept', 'a logout during a request: it stayed'], rows),
)
// A timer or a connection of a store could keep the process alive.
process.exit()

async function rowOf(name, open) {
  const { store, close = () => {} } = await open()
  const app = await OverlappingApp.start(store)
  let [kept, final] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    if (await app.keepsBothChanges()) kept++
    if (await app.staysLoggedOut()) final++
  }
  app.stop()
  await close()
  return [name, `${kept} of ${rounds}`, `${final} of ${rounds}`]
}

async function sessionbank(url) {
  const bank = await openDatabank(url)
  return { store: new DatabankStore(bank, { cleanupInterval: false }), close: () => bank.disconnect() }
}

async function inFolder(open) {
  const path = mkdtempSync(join(tmpdir(), 'sessionbank-promises-'))
  const { store, close = () => {} } = await open(path)
  return {
    store,
    async close() {
      await close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

async function connectDatabank() {
  const bank = databank.Databank.get('memory', { schema: ConnectDatabankStore.schema })
  await promisify(bank.connect.bind(bank))({})
  return { store: new ConnectDatabankStore(bank) }
}

async function connectRedis(url) {
  const client = await createClient({ url }).connect()
  return { store: new RedisStore({ client }), close: () => client.close() }
}

function connectPgSimple(connectionString) {
  const pool = new pg.Pool({ connectionString })
  const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  return { store, close: () => pool.end() }
}

function closing(store) {
  return { store, close: () => store.close() }
}
