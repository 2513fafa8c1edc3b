// Saves sessions until it is killed, several at a time. Prints a line `<sid> <n>` for each acknowledged save.
// node endless-writer.mjs <bank URL> <prefix of the ids>
import { writeSync } from 'node:fs'
import { openDatabank, SessionStore } from '@sessionbank/session-core'

const LANES = 8
const [url, prefix] = process.argv.slice(2)
const store = new SessionStore(await openDatabank(url), { cleanupInterval: 5 })
const cookie = { originalMaxAge: 3_600_000, path: '/' }

for (let lane = 0; lane < LANES; lane++) void write(`${prefix}-${lane}`)

async function write(lane) {
  for (let i = 0; ; i++) {
    const sid = `${lane}-${i}`
    await store.save(sid, { n: 1, cookie })
    writeSync(1, `${sid} 1\n`)
    await store.update(sid, (session) => void session.n++)
    writeSync(1, `${sid} 2\n`)
    await store.update('shared', (session) => void session.n++)
    writeSync(1, 'shared 1\n')
  }
}
