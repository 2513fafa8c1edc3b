/** Makes random changes to a few records, several at a time: `node random-changes.cjs <dir> <seed> <changes>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

const IDS = 20
const LANES = 8
const HOUR = 3_600_000

async function main([dir, seed, changes]) {
  const random = seeded(Number(seed))
  const pick = (items) => items[Math.floor(random() * items.length)]
  // The second bank declares no index, but must keep the first one's index correct.
  const banks = [await openBank(dir), await openBank(dir, {})]

  async function change() {
    const records = pick(banks).records('session')
    const id = `id-${Math.floor(random() * IDS)}`
    const expires = pick([
      null,
      Date.now() - HOUR,
      Date.now(),
      Date.now() + 3,
      Date.now() + HOUR,
      Date.now() + random(),
    ])
    const json = JSON.stringify(pick([{ user: 'ann' }, { user: 'bob' }, { user: [] }, {}]))
    const kind = random()
    if (kind < 0.4) return records.write(id, json, { expires })
    if (kind < 0.5) return records.write(id, json, { expires, ifRevision: null })
    if (kind < 0.6) {
      const record = await records.read(id)
      return records.write(id, json, { expires, ifRevision: record ? record.revision : null })
    }
    if (kind < 0.8) return records.touch(id, expires)
    if (kind < 0.95) return records.delete(id)
    if (kind < 0.99) return records.deleteExpired(5)
    return records.clear()
  }

  let left = Number(changes)
  const lane = async () => {
    while (left-- > 0) await change()
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  for (const bank of banks) await closeBank(bank)
}

/** Mulberry32. */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

main(process.argv.slice(2))
