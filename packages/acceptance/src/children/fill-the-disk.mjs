// Saves sessions until the disk is full, then frees space and saves again. Prints the error:
// node fill-the-disk.mjs <bank URL> <ballast file>. An unhandled rejection makes it fail.
import { rmSync } from 'node:fs'
import { openDatabank, SessionStore } from '@sessionbank/session-core'

const [url, ballast] = process.argv.slice(2)
const bank = await openDatabank(url)
const store = new SessionStore(bank, { cleanupInterval: 20 })
store.on('error', () => {})
const save = (sid) => store.save(sid, { text: 'x'.repeat(20_000), cookie: { originalMaxAge: 3_600_000 } })

const saved = []
let failure = null
for (let n = 0; failure === null; n += 4) {
  const sids = [n, n + 1, n + 2, n + 3].map(String)
  const results = await Promise.allSettled(sids.map(save))
  for (const [i, { status, reason }] of results.entries()) {
    if (status === 'fulfilled') saved.push(sids[i])
    else failure ??= reason
  }
}
const readable = (await Promise.all(saved.map((sid) => store.load(sid)))).every(Boolean)
rmSync(ballast)
await save('after')
const goesOn = (await store.load('after')) !== null
await store.close()
await bank.disconnect()
console.log(JSON.stringify({ code: failure.code, message: failure.message, some: saved.length > 0, readable, goesOn }))
