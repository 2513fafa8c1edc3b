import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import session from 'express-session'
import { open } from 'lmdb'
import { timed } from '../rounds.mjs'
import { sessionOf, sidOf } from '../sessions.mjs'
import { storeContestant } from '../store-contestant.mjs'

const FileStore = createRequire(import.meta.url)('session-file-store')(session)

export const title = 'Disk: `disk:./sessions`'
export const operations = ['set', 'get', 'touch', 'save', 'destroy']
export const start = async () => null

export function ours() {
  return storeContestant('sessionbank', async () => {
    const folder = temporaryFolder()
    const bank = await openDatabank(`disk:${folder.path}`)
    const store = new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 })
    return { store, close: () => disconnected(bank).then(folder.remove) }
  })
}

export function peers() {
  return [
    { contestant: sessionFileStore(), goals: { set: 5, get: 5, touch: 5, destroy: 1 } },
    { contestant: rawLmdb(), goals: { set: 0.6, get: 0.8 } },
    { contestant: memoryStore(), goals: { get: 0.5 } },
  ]
}

function sessionFileStore() {
  return storeContestant('session-file-store', async () => {
    const folder = temporaryFolder()
    const store = new FileStore({ path: folder.path, ttl: 86_400, retries: 0, reapInterval: -1, logFn() {} })
    return { store, close: folder.remove }
  })
}

function memoryStore() {
  return storeContestant("express-session's MemoryStore", async () => ({
    store: new session.MemoryStore(),
    close() {},
  }))
}

/** What the database itself takes for the bare text, with the settings that keep it safe. */
function rawLmdb() {
  const folder = temporaryFolder()
  const database = open(folder.path, { overlappingSync: false, eventTurnBatching: false, encoding: 'string' })
  return {
    name: 'raw lmdb',
    async round(round, load) {
      const sids = Array.from({ length: load.count }, (_, i) => sidOf(round, i))
      const sessions = sids.map((_, i) => sessionOf(i))
      const set = await timed(load, (i) => database.put(sids[i], JSON.stringify(sessions[i])))
      const get = await timed(load, async (i) => JSON.parse(database.get(sids[i])))
      const destroy = await timed(load, (i) => database.remove(sids[i]))
      return { set, get, destroy }
    },
    close: () => database.close().then(folder.remove),
  }
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'sessionbank-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function disconnected(bank) {
  return new Promise((resolve) => bank.disconnect(resolve))
}
