import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import session from 'express-session'
import { open } from 'lmdb'
import { timed } from '../rounds.mjs'
import { MAX_AGE, sessionOf, sidOf } from '../sessions.mjs'
import { storeContestant } from '../store-contestant.mjs'

const FileStore = createRequire(import.meta.url)('session-file-store')(session)

export const title = 'Disk: `disk:./sessions`'
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
    { contestant: sessionFileStore(), goals: FILE_STORE_GOALS },
    { contestant: rawLmdb(), goals: { 64: { set: 0.6, get: 0.65 } } },
  ]
}

/** Goals against a store that does not flush to the disk. */
const FILE_STORE_GOALS = {
  64: { set: 12, get: 6, touch: 12, destroy: 2.5 },
  8: { set: 4, get: 3, touch: 4, destroy: 1 },
  1: { set: 4, get: 4, touch: 4, destroy: 0.4 },
}

function sessionFileStore() {
  return storeContestant('session-file-store', async () => {
    const folder = temporaryFolder()
    const store = new FileStore({ path: folder.path, ttl: 86_400, retries: 0, reapInterval: -1, logFn() {} })
    return { store, close: folder.remove }
  })
}

/**
 * Measures LMDB alone with the same work and safe settings: a put on the condition that the entry is unchanged, with an
 * expiry entry in the same transaction. The put resolves when both are on disk.
 */
function rawLmdb() {
  const folder = temporaryFolder()
  const root = open(folder.path, {
    overlappingSync: false,
    eventTurnBatching: false,
    txnStartThreshold: 10_000,
    encoding: 'string',
  })
  const records = root.openDB({ name: 'records', encoding: 'string', useVersions: true })
  const expiry = root.openDB({ name: 'expiry', encoding: 'string' })
  const put = (sid, text, expires, oldExpires) => () => {
    void records.put(sid, text, Math.random())
    if (oldExpires) void expiry.remove([oldExpires, sid])
    void expiry.put([expires, sid], '')
  }
  return {
    name: 'raw lmdb',
    async round(round, load) {
      const sids = Array.from({ length: load.count }, (_, i) => sidOf(round, i))
      const sessions = sids.map((_, i) => sessionOf(i, load.bytes))
      const [first, second] = [Date.now() + MAX_AGE, Date.now() + 2 * MAX_AGE]
      const set = await timed(load, (i) => {
        return records.ifNoExists(sids[i], put(sids[i], JSON.stringify(sessions[i]), first))
      })
      const get = await timed(load, async (i) => JSON.parse(records.get(sids[i])))
      const versions = sids.map((sid) => records.getEntry(sid).version)
      const save = await timed(load, (i) => {
        sessions[i].visits++
        return records.ifVersion(sids[i], versions[i], put(sids[i], JSON.stringify(sessions[i]), second, first))
      })
      const destroy = await timed(load, (i) => {
        const { version } = records.getEntry(sids[i])
        return records.ifVersion(sids[i], version, () => {
          void records.remove(sids[i])
          void expiry.remove([second, sids[i]])
        })
      })
      return { set, get, save, destroy }
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
