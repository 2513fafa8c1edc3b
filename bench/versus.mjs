// Measures a bank of this working tree against that of another one, in interleaved rounds.
// Usage: node --expose-gc bench/versus.mjs <folder of the other tree> <url> [--rounds=N] [--count=N] [--in-flight=N]
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measure, median, ratio } from './rounds.mjs'
import { OPERATIONS, storeContestant } from './store-contestant.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    count: { type: 'string', default: '5000' },
    'in-flight': { type: 'string', default: '64' },
  },
})
const [other, url] = positionals
if (!other || !url) throw new Error('usage: node bench/versus.mjs <folder of the other tree> <url>')

function contestant(name, root) {
  const load = createRequire(join(resolve(root), 'bench', 'versus.mjs'))
  const { DatabankStore, openDatabank } = load('@sessionbank/express-databank-store')
  return storeContestant(name, async () => {
    const bank = await openDatabank(url.startsWith('disk:') ? `${url}-${name}` : url)
    const store = new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0, type: `bench_${name}` })
    await store.clear()
    return { store, close: () => new Promise((done) => bank.disconnect(done)) }
  })
}

const contestants = [contestant('this', join(import.meta.dirname, '..')), contestant('other', other)]
const load = { count: Number(values.count), inFlight: Number(values['in-flight']) }
if (!(load.count > 0 && load.inFlight > 0)) throw new Error('--count and --in-flight must be numbers above 0')
const times = await measure(contestants, { rounds: Number(values.rounds), ...load })
for (const one of contestants) await one.close()
for (const [operation, name] of Object.entries(OPERATIONS)) {
  const [ours, theirs] = ['this', 'other'].map((name) => times.get(name)[operation])
  const { median: middle, least, most } = ratio(ours, theirs)
  const micros = (list) => ((median(list) * 1000) / load.count).toFixed(1)
  console.log(
    `${name}: ${middle.toFixed(2)} times as fast (${least.toFixed(2)}–${most.toFixed(2)}); ${micros(ours)} and ${micros(theirs)} µs`,
  )
}
