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
    { contestant: sessionFileStore(), goals: { set: 12, get: 6, touch: 12, destroy: 2.5 } },
    { contestant: rawLmdb(), goals: { set: 0.6, get: 0.65 } },
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

/**
 * LMDB itself, doing the same work: a record and its expiry entry change together, on the condition that the record is
 * still as it was; a write is acknowledged when it is on disk. With the settings that keep it safe, and no more than that.
 */
function rawLmdb() {
  const folder = temporaryFolder()
  const root = open(folder.path, {
    encoding: 'string',
    overlappingSync: false,
    eventTurnBatching: false,
    txnStartThreshold: 32,
  })
  const records = root.openDB({ name: 'records', encoding: 'string', useVersions: true })
  const expiry = root.openDB({ name: 'expiry', encoding: 'binary' })
  const nothing = Buffer.alloc(0)
  const write = (isSeen, what) => isSeen.then((isDone) => isDone || Promise.reject(new Error(`${what} wrote nothing`)))
  return {
    name: 'raw lmdb',
    async round(round, load) {
      const sids = Array.from({ length: load.count }, (_, i) => sidOf(round, i))
      const sessions = sids.map((_, i) => sessionOf(i))
      const ends = sessions.map(({ cookie }) => cookie.expires.getTime())
      globalThis.gc?.()
      const set = await timed(load, (i) => {
        const text = JSON.stringify(sessions[i])
        return write(
          records.ifNoExists(sids[i], () => {
            records.put(sids[i], text, Math.random())
            expiry.put([ends[i], sids[i]], nothing)
          }),
          'set',
        )
      })
      globalThis.gc?.()
      const get = await timed(load, async (i) => JSON.parse(records.get(sids[i])))
      globalThis.gc?.()
      const destroy = await timed(load, (i) => {
        const { version } = records.getEntry(sids[i])
        return write(
          records.ifVersion(sids[i], version, () => {
            records.remove(sids[i])
            expiry.remove([ends[i], sids[i]])
          }),
          'destroy',
        )
      })
      return { set, get, destroy }
    },
    close: () => root.close().then(folder.remove),
  }
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'sessionbank-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function disconnected(bank) {
  return new Promise((resolve) => bank.disconnect(resolve))
}
