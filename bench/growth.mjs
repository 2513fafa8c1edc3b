// Measures how a bank behaves as it grows, and prints a Markdown table: the time of each operation among few and many
// live sessions, the delay of the event loop, and the heap. The sizes are measured in turn, in one process.
// Usage: node --expose-gc bench/growth.mjs <disk|memory|redis|postgres|url> [--sizes=N,N,…] [--rounds=N] [--count=N]
// With a URL, the sessions of each size have their own type, and are removed at the end.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { postgres, redis } from '@sessionbank/test-servers'
import { timed } from './rounds.mjs'
import { cookie, sessionOf } from './sessions.mjs'

const SESSIONS_OF_A_USER = 10
const EXPIRED = 10_000
const SEARCHES = 50
/** The number of operations in flight while a bank is filled. */
const FILLING = 256
const MB = 2 ** 20

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    rounds: { type: 'string', default: '5' },
    count: { type: 'string', default: '10000' },
    'in-flight': { type: 'string', default: '64' },
  },
})
const name = positionals[0]
const sizes = values.sizes.split(',').map(Number)
const rounds = Number(values.rounds)
const load = { count: Number(values.count), inFlight: Number(values['in-flight']) }
const isUsable = [...sizes, rounds, ...Object.values(load)].every((number) => number > 0)
if (!name || !isUsable || load.count > Math.min(...sizes)) {
  throw new Error(
    'usage: node --expose-gc bench/growth.mjs <bank> [--sizes=N,N,…] [--rounds=N] [--count=N of the least]',
  )
}
if (!globalThis.gc) throw new Error('the heap is measured after a garbage collection: run node --expose-gc')

/** Returns `{url, stop}` for a size. */
async function place() {
  if (name === 'disk') {
    const folder = mkdtempSync(join(tmpdir(), 'sessionbank-growth-'))
    return { url: `disk:${folder}`, stop: () => rmSync(folder, { recursive: true, force: true }) }
  }
  if (name === 'memory') return { url: 'memory:', stop() {} }
  if (name === 'redis') return redis.start()
  if (name === 'postgres') return postgres.start()
  return { url: name, stop() {} }
}

/** Returns an id. Ids are evenly distributed, like those of frameworks. */
function sidOf(kind, i) {
  return createHash('sha1').update(`${kind}-${i}`).digest('base64url')
}

function sessionAt(i) {
  const session = sessionOf(i)
  session.user.id = Math.floor(i / SESSIONS_OF_A_USER)
  return session
}

/** A store on a bank with that many live sessions. */
class Grown {
  constructor(size) {
    this.size = size
    this.type = `growth_${size}`
    this.figures = {}
  }

  async start() {
    this.place = await place()
    await this.open()
    await this.store.clear()
    await timed({ count: this.size, inFlight: FILLING }, (i) => this.call('set', sidOf('live', i), sessionAt(i)))
    globalThis.gc()
  }

  async open() {
    const schema = { [this.type]: { pkey: 'sid', indices: ['user.id'] } }
    this.bank = await openDatabank(this.place.url, { schema })
    this.store = new DatabankStore(this.bank, { type: this.type, cleanupInterval: false, touchAfter: 0 })
  }

  async stop() {
    if (this.store) await this.store.clear()
    await this.disconnect()
    await this.place?.stop()
  }

  disconnect() {
    return new Promise((resolve) => (this.bank ? this.bank.disconnect(resolve) : resolve()))
  }

  call(method, ...args) {
    return new Promise((resolve, reject) => {
      this.store[method](...args, (error, result) => (error ? reject(error) : resolve(result)))
    })
  }

  note(figure, value) {
    this.figures[figure] ??= []
    this.figures[figure].push(value)
  }

  /** Returns the median of all rounds. */
  figure(figure) {
    const all = [...(this.figures[figure] ?? [])].sort((a, b) => a - b)
    return all.length > 0 ? all[Math.floor(all.length / 2)] : undefined
  }

  async operations(round) {
    const live = Array.from({ length: load.count }, () => sidOf('live', Math.floor(Math.random() * this.size)))
    const fresh = live.map((_, i) => sidOf(`fresh-${round}`, i))
    const sessions = fresh.map((_, i) => sessionAt(this.size + i))
    const loaded = []
    globalThis.gc()
    const take = async (figure, operation) => this.note(figure, ((await timed(load, operation)) * 1_000) / load.count)
    await take('get', (i) => this.call('get', live[i]).then((session) => (loaded[i] = session)))
    globalThis.gc()
    await take('set', (i) => this.call('set', fresh[i], sessions[i]))
    globalThis.gc()
    await take('save', (i) => {
      loaded[i].visits++
      loaded[i].cookie = cookie()
      return this.call('set', live[i], loaded[i])
    })
    globalThis.gc()
    await take('destroy', (i) => this.call('destroy', fresh[i]))
  }

  async cleanup(round) {
    const end = Date.now() + 1_000 + (EXPIRED * 3 * this.figure('set')) / 1_000
    const ending = { expires: new Date(end), httpOnly: true, path: '/' }
    await timed({ count: EXPIRED, inFlight: FILLING }, (i) =>
      this.call('set', sidOf(`ended-${round}`, i), { ...sessionAt(this.size + i), cookie: ending }),
    )
    await sleep(end - Date.now() + 5)
    await this.watched('cleanup', async () => {
      const { removed } = await this.store.cleanup()
      this.removes ||= removed > 0
    })
  }

  async search() {
    const users = Math.floor(this.size / SESSIONS_OF_A_USER)
    for (let i = 0; i < SEARCHES; i++) {
      const criteria = { 'user.id': Math.floor(Math.random() * users) }
      const began = performance.now()
      const found = await this.store.find(criteria)
      this.note('find', performance.now() - began)
      if (found.length !== SESSIONS_OF_A_USER) throw new Error(`found ${found.length} sessions of a user`)
    }
  }

  async length() {
    const began = performance.now()
    const length = await this.store.length()
    this.note('length', performance.now() - began)
    if (length !== this.size) throw new Error(`there are ${length} sessions, not ${this.size}`)
  }

  async stream() {
    let count = 0
    // Ten times per stream, because a collection of a large heap takes seconds.
    const some = Math.ceil(this.size / 10)
    await this.watched('entries', async (look) => {
      for await (const _ of this.store.entries()) if (++count % some === 0) look()
    })
    if (count !== this.size) throw new Error(`${count} sessions came, not ${this.size}`)
  }

  async reopen() {
    // Skipped for memory, because reopening would lose the sessions.
    if (name.startsWith('memory')) return
    await this.disconnect()
    const began = performance.now()
    await this.open()
    await this.call('get', sidOf('live', 0))
    this.note('open', performance.now() - began)
  }

  /** Records the time of an operation, the delays of the event loop, and the maximum growth of the heap. */
  async watched(figure, work) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    let most = before
    const look = () => {
      globalThis.gc()
      most = Math.max(most, process.memoryUsage().heapUsed)
    }
    const delay = monitorEventLoopDelay({ resolution: 1 })
    // Includes garbage, which a process needs memory for.
    const watch = setInterval(() => {
      if (figure === 'cleanup') most = Math.max(most, process.memoryUsage().heapUsed)
    }, 5)
    delay.enable()
    const began = performance.now()
    await work(look)
    this.note(figure, performance.now() - began)
    delay.disable()
    clearInterval(watch)
    if (figure === 'cleanup') this.note('cleanup delay', delay.percentile(99) / 1e6)
    this.note(`${figure} heap`, (most - before) / MB)
  }
}

const [hundredth, tenth] = [2, 1]
/**
 * The rows of the table. The goal is `most`, a maximum, or `times`, a maximum ratio to the figure of a smaller size.
 */
const ROWS = [
  { figure: 'get', title: '`get`, µs', times: 1.5, of: hundredth },
  { figure: 'set', title: '`set` (a new session), µs', times: name === 'disk' ? 2 : 1.5, of: hundredth },
  { figure: 'save', title: '`set` (a changed session), µs', times: name === 'disk' ? 2 : 1.5, of: hundredth },
  { figure: 'destroy', title: '`destroy`, µs' },
  { figure: 'cleanup', title: '`cleanup()` of 10,000, ms', times: name === 'disk' ? 2 : 1.5, of: tenth },
  { figure: 'cleanup delay', title: '… event-loop delay p99, ms', most: 20 },
  { figure: 'cleanup heap', title: '… heap, MB more at most', most: 64 },
  { figure: 'find', title: '`find` of 10 by index, ms', most: 10 },
  { figure: 'length', title: '`length()`, ms', most: name === 'disk' || name === 'memory' ? 50 : undefined },
  { figure: 'entries', title: '`entries()`, all, ms' },
  { figure: 'entries heap', title: '… heap, MB more at most', most: 16 },
  { figure: 'open', title: 'open, with the first `get`, ms', most: name === 'disk' ? 100 : undefined },
]

function print(banks) {
  const number = new Intl.NumberFormat('en-US')
  const shown = (value) =>
    value === undefined ? '–' : value < 10 ? value.toFixed(1) : number.format(Math.round(value))
  console.log(
    `\n### ${name} as it grows (${load.inFlight} in flight, medians of ${rounds} rounds, Node ${process.version})\n`,
  )
  console.log(`| live sessions | ${sizes.map((size) => number.format(size)).join(' | ')} | goal |`)
  console.log(`|---|${'---|'.repeat(sizes.length + 1)}`)
  for (const row of ROWS) {
    // If the database expires records, a cleanup has nothing to do.
    const isIdle = row.figure.startsWith('cleanup') && !banks.some(({ removes }) => removes)
    const figures = banks.map((bank) => (isIdle ? undefined : bank.figure(row.figure)))
    console.log(`| ${row.title} | ${figures.map(shown).join(' | ')} | ${verdict(row, figures)} |`)
  }
}

function verdict({ times, of, most }, figures) {
  const last = figures.at(-1)
  if (last === undefined) return '–'
  if (most !== undefined) return `≤ ${most} ${last <= most ? '✓' : '✗'}`
  if (times === undefined || figures.length <= of) return ''
  const ratio = last / figures[figures.length - 1 - of]
  const size = new Intl.NumberFormat('en-US').format(sizes[sizes.length - 1 - of])
  return `${ratio.toFixed(2)} × that of ${size}, ≤ ${times} ${ratio <= times ? '✓' : '✗'}`
}

const banks = sizes.map((size) => new Grown(size))
try {
  for (const bank of banks) await bank.start()
  for (const step of ['operations', 'cleanup', 'search', 'length', 'stream', 'reopen']) {
    // The first round warms up.
    for (let round = -1; round < rounds; round++) for (const bank of banks) await bank[step](round)
    for (const bank of banks) if (step === 'operations') for (const all of Object.values(bank.figures)) all.shift()
  }
  print(banks)
} finally {
  for (const bank of banks) await bank.stop()
}
