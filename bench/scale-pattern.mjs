import { createRequire } from 'node:module'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import session from 'express-session'
import { table } from './markdown.mjs'
import { measure, median, spread } from './rounds.mjs'

const require = createRequire(import.meta.url)
const { Databank } = require('databank')
const ConnectDatabank = require('connect-databank')(session)

export const title = "connect-databank's scale test"

const ACTIONS_A_SESSION = 10
const PEER = 'connect-databank'
// On a busy machine, so many operations at once take longer than the default timeout.
const STORE_OPTIONS = { cleanupInterval: false, touchAfter: 0, timeout: 60_000 }

const CONTESTANTS = [
  pattern(PEER, async () => {
    const bank = await databankMemory()
    return { store: new ConnectDatabank(bank), close: () => bank.disconnect(() => {}) }
  }),
  pattern('our store on `memory:`', async () => {
    const bank = await openDatabank('memory:')
    return { store: new DatabankStore(bank, STORE_OPTIONS), close: () => bank.disconnect() }
  }),
  pattern("our store on databank's memory driver", async () => {
    const bank = await databankMemory()
    return { store: new DatabankStore(bank, STORE_OPTIONS), close: () => bank.disconnect(() => {}) }
  }),
]
const MOST = { 'our store on `memory:`': 1, "our store on databank's memory driver": 1.4 }

/** Sets all sessions at once, then makes ten times as many gets and sets of random sessions, also at once. */
export async function run({ rounds, warmUp, count, isQuick, goals }) {
  // The original test has 10,000.
  const sessions = isQuick ? count : 10_000
  const times = await measure(CONTESTANTS, { rounds, warmUp, count: sessions })
  const theirs = times.get(PEER).total
  const rows = CONTESTANTS.map(({ name }) => {
    const ours = times.get(name).total
    const shares = spread(ours.map((time, i) => time / theirs[i]))
    const most = MOST[name]
    const cell = name === PEER ? '1' : goals.cell(shares, most, `${title}, ${name}`, (share) => share <= most)
    return [name, cell, Math.round(median(ours))]
  })
  const note = `${sessions} sets at once, then ${sessions * ACTIONS_A_SESSION} gets and sets at once; rounds: ${rounds}. Less is better.`
  return `${note}\n\n${table(['', `total time, in that of ${PEER}`, 'ms'], rows)}`
}

/** @param open returns a new `{store, close}` for each round */
function pattern(name, open) {
  return {
    name,
    async round(round, { count }) {
      const { store, close } = await open()
      const call = (method, ...args) =>
        new Promise((resolve, reject) => {
          store[method](...args, (error, result) => (error ? reject(error) : resolve(result)))
        })
      const setOf = (k, more) =>
        call('set', `VALID${k}`, { cookie: { expires: false }, name: `User${k}`, sid: `VALID${k}`, ...more })
      const getOf = async (k) => {
        if (!(await call('get', `VALID${k}`))) throw new Error(`${name} has lost a session`)
      }
      const random = randomNumbers(round)
      const actions = Array.from({ length: count * ACTIONS_A_SESSION }, () => ({
        k: Math.floor(random() * count),
        isGet: random() < 0.5,
      }))
      globalThis.gc?.()
      const began = performance.now()
      await Promise.all(Array.from({ length: count }, (_, k) => setOf(k)))
      await Promise.all(actions.map(({ k, isGet }, i) => (isGet ? getOf(k) : setOf(k, { incr: i }))))
      const total = performance.now() - began
      await close()
      return { total }
    },
  }
}

/** Returns numbers from 0 to 1, the same for the same seed (mulberry32), so that all contestants do the same. */
function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function databankMemory() {
  const bank = Databank.get('memory', {})
  await new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve())))
  return bank
}
