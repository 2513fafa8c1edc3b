// Measures updates of one session by several processes at the same time, compared with updates of separate sessions.
// Usage: node bench/hot-session.mjs [--updates=N] [--write]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { postgres, redis } from '@sessionbank/test-servers'
import { writeBlock } from './generated-block.mjs'
import { table } from './markdown.mjs'
import { timed } from './rounds.mjs'
import { sessionOf } from './sessions.mjs'

const PROCESSES = 4
const IN_FLIGHT = 8
const PAGE = join(import.meta.dirname, '..', 'docs', 'scaling.md')

if (process.send) await work()
else await measureAll()

async function measureAll() {
  const { values } = parseArgs({
    options: { updates: { type: 'string', default: '2000' }, write: { type: 'boolean', default: false } },
  })
  const updates = Number(values.updates)
  if (!(updates > 0)) throw new Error('--updates must be a number above 0')
  const rows = []
  for (const [name, kind] of [
    ['Redis', redis],
    ['PostgreSQL', postgres],
  ]) {
    const server = await kind.start()
    try {
      const own = await perSecond(server.url, updates, (n) => `own-${n}`)
      const hot = await perSecond(server.url, updates, () => 'hot')
      rows.push([name, Math.round(own), Math.round(hot)])
    } finally {
      await server.stop()
    }
  }
  const note = `${PROCESSES} processes, each with ${IN_FLIGHT} updates in flight and ${updates} in all. None failed, and none was lost.`
  const text = `${note}\n\n${table(['updates a second', 'each process on a session of its own', 'all on one session'], rows)}`
  console.log(text)
  if (values.write) writeBlock(PAGE, 'hot-session', text)
}

/** Makes all processes update at once, and checks that no update is lost. */
async function perSecond(url, updates, sidOf) {
  const bank = await openDatabank(url)
  const store = new DatabankStore(bank, { cleanupInterval: false })
  const sids = Array.from({ length: PROCESSES }, (_, n) => sidOf(n))
  for (const sid of sids) await store.set(sid, { ...sessionOf(0), visits: 0 })
  const children = sids.map((sid) => fork(import.meta.filename, [url, sid, String(updates)]))
  try {
    await Promise.all(children.map((child) => once(child, 'message')))
    const began = performance.now()
    for (const child of children) child.send('go')
    await Promise.all(children.map((child) => once(child, 'message')))
    const seconds = (performance.now() - began) / 1_000
    const visits = await Promise.all([...new Set(sids)].map(async (sid) => (await store.get(sid)).visits))
    const counted = visits.reduce((sum, number) => sum + number, 0)
    if (counted !== updates * PROCESSES) throw new Error(`${updates * PROCESSES - counted} updates were lost`)
    return counted / seconds
  } finally {
    for (const child of children) child.disconnect()
    await bank.disconnect()
  }
}

/** Runs in each child process. */
async function work() {
  const [url, sid, updates] = process.argv.slice(2)
  const bank = await openDatabank(url)
  // Long enough that no update times out.
  const store = new DatabankStore(bank, { cleanupInterval: false, timeout: 60_000 })
  process.send('ready')
  await once(process, 'message')
  await timed({ count: Number(updates), inFlight: IN_FLIGHT }, () =>
    store.update(sid, (session) => void session.visits++),
  )
  process.send('done')
  await once(process, 'disconnect')
  await bank.disconnect()
}
