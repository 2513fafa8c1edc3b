import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, randomFillSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { redis, temporaryFolder } from '@sessionbank/test-servers'
import { build } from 'esbuild'
import { table } from './markdown.mjs'
import { measure, median, ratio, spread } from './rounds.mjs'
import { sessionOf, sidOf } from './sessions.mjs'
import { OPERATIONS, storeContestant } from './store-contestant.mjs'

export const title = 'Hashed ids and encryption'

const CORE = join(import.meta.dirname, '..', 'packages', 'session-core')
const OPTIONS = { cleanupInterval: false, touchAfter: 0 }
const KEY = randomBytes(32)
const ENCRYPTION = { encryption: { keys: [KEY] } }
const MIGRATING = "`hashIds: 'migrate'`"
/** Maximum for seal and open together, in µs, for a session of 350 bytes. */
const MOST = 20
const PLAIN = 'without'
const LOAD = { inFlight: 64, bytes: 350 }

/** Measures the cost of sealing and opening a session, and the speed of a store with each option and without. */
export async function run({ rounds, warmUp, count, goals }) {
  const cost = await costOfSealing({ rounds: rounds * 30, warmUp: warmUp * 30, count: Math.min(count, 500), goals })
  const rows = []
  for (const [name, start] of Object.entries({ memory: async () => null, Redis: () => redis.start() })) {
    const server = await start()
    const contestants = storesOn(server?.url ?? 'memory:')
    try {
      const times = await measure(contestants, { rounds, warmUp, count, ...LOAD })
      rows.push(...rowsOf(name, times, { count, goals }))
    } finally {
      for (const contestant of contestants) await contestant.close()
      await server?.stop()
    }
  }
  const note = `Sessions: ${count}, of ${LOAD.bytes} bytes; rounds: ${rounds}. The stores with ${LOAD.inFlight} in flight and \`touchAfter: 0\`.`
  const head = ['how many times as fast as without', 'bank', ...Object.values(OPERATIONS)]
  return [note, cost, table(head, rows)].join('\n\n')
}

function rowsOf(bank, times, { count, goals }) {
  const plain = times.get(PLAIN)
  const cells = (cell) => Object.keys(OPERATIONS).map(cell)
  const rows = [...times]
    .filter(([name]) => name !== PLAIN)
    .map(([name, ours]) => {
      return [name, bank, ...cells((operation) => goals.cell(ratio(ours[operation], plain[operation])))]
    })
  return [
    ...rows,
    ['(without, µs an operation)', bank, ...cells((one) => ((median(plain[one]) * 1000) / count).toFixed(1))],
  ]
}

function storesOn(url) {
  const choices = {
    [PLAIN]: {},
    '`hashIds: true`': { hashIds: true },
    [MIGRATING]: { hashIds: 'migrate' },
    '`encryption`': ENCRYPTION,
    both: { hashIds: true, ...ENCRYPTION },
  }
  const contestants = Object.entries(choices).map(([name, options]) => {
    return storeOn(url, name, (bank, type) => new DatabankStore(bank, { ...OPTIONS, ...options, type }))
  })
  return [...contestants, storeOn(url, `${MIGRATING}, an older session`, olderSessions)]
}

function storeOn(url, name, storeOf) {
  return storeContestant(name, async () => {
    const bank = await openDatabank(url)
    return { store: storeOf(bank, `bench_${name.replace(/\W/g, '')}`), close: () => bank.disconnect() }
  })
}

/** Returns a store with `hashIds: 'migrate'`, on sessions that were set with plain ids. */
function olderSessions(bank, type) {
  const before = new DatabankStore(bank, { ...OPTIONS, type })
  const now = new DatabankStore(bank, { ...OPTIONS, type, hashIds: 'migrate' })
  const there = new Set()
  return {
    set(sid, ...args) {
      const store = there.has(sid) ? now : before
      there.add(sid)
      return store.set(sid, ...args)
    },
    get: (...args) => now.get(...args),
    touch: (...args) => now.touch(...args),
    destroy: (...args) => now.destroy(...args),
  }
}

/** Measures the parts of the core that seal and open, compared with the calls of node:crypto that they need. */
async function costOfSealing({ rounds, warmUp, count, goals }) {
  const { Seal, StoredIds } = await partsOfCore()
  const ids = new StoredIds(true)
  const seal = new Seal('session', { keys: [KEY] })
  const sessions = Array.from({ length: count }, (_, i) => ({
    id: ids.idOf(sidOf(0, i)),
    text: JSON.stringify(sessionOf(i)),
  }))
  const sealing = contestant('Sessionbank', sessions, {
    seal: ({ id, text }) => seal.seal(id, text, 1_700_000_000_000),
    open: (json, { id }) => seal.open(id, { json, expires: null, revision: '' }).json,
  })
  const alone = contestant('node:crypto alone', sessions, cipherAlone())
  const times = await measure([sealing, alone], { rounds, warmUp, count })
  const micros = (list) => spread(list.map((time) => (time * 1000) / count))
  const rows = [...times].map(([name, { seal, open }]) => {
    const both = micros(seal.map((time, i) => time + open[i]))
    const goal = name === sealing.name ? MOST : undefined
    const cell = goals.cell(both, goal, 'seal and open, µs', (figure) => figure <= MOST)
    return [name, ...[seal, open].map((list) => goals.cell(micros(list))), cell]
  })
  return table(['µs of CPU time a session', 'seal', 'open', 'both'], rows)
}

function contestant(name, sessions, { seal, open }) {
  return {
    name,
    async round() {
      const sealed = new Array(sessions.length)
      const began = cpuTime()
      for (let i = 0; i < sessions.length; i++) sealed[i] = seal(sessions[i])
      const middle = cpuTime()
      for (let i = 0; i < sessions.length; i++) open(sealed[i], sessions[i])
      return { seal: middle - began, open: cpuTime() - middle }
    },
  }
}

/** Returns the CPU time of the process in ms, which other work on the machine does not affect. */
function cpuTime() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Seals with node:crypto only: one key object, and nonces generated by the hundred. */
function cipherAlone() {
  const key = createSecretKey(KEY)
  const associated = Buffer.alloc(64)
  const pool = Buffer.alloc(12 * 256)
  let used = pool.length
  const nonce = () => {
    if (used === pool.length) used = randomFillSync(pool) && 0
    used += 12
    return Buffer.from(pool.subarray(used - 12, used))
  }
  return {
    seal({ text }) {
      const iv = nonce()
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(associated)
      const content = cipher.update(text, 'utf8')
      cipher.final()
      return { iv, content, tag: cipher.getAuthTag() }
    },
    open({ iv, content, tag }) {
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(associated).setAuthTag(tag)
      return decipher.update(content, undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

/** Bundles and imports modules that the package does not export. */
async function partsOfCore() {
  const folder = temporaryFolder('bench')
  const outfile = join(folder.path, 'parts.cjs')
  const exported = "export { Seal } from './src/seal.ts'; export { StoredIds } from './src/stored-ids.ts'"
  try {
    await build({
      stdin: { contents: exported, resolveDir: CORE, loader: 'ts' },
      outfile,
      bundle: true,
      conditions: ['@sessionbank/source'],
      external: ['databank'],
      platform: 'node',
      target: 'node20',
      format: 'cjs',
    })
    return createRequire(import.meta.url)(outfile)
  } finally {
    rmSync(folder.path, { recursive: true })
  }
}
