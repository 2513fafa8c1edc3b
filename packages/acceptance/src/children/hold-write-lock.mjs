/**
 * Holds the write lock of an LMDB folder until a file exists: `node hold-write-lock.mjs FOLDER FILE`. Prints `locked`
 * when it has the lock, and gives up after 20 s.
 */
import { existsSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { open } = createRequire(fileURLToPath(import.meta.resolve('@sessionbank/databank-disk')))('lmdb')
const [folder, file] = process.argv.slice(2)
const options = { encoding: 'string', noSubdir: false, maxDbs: 1_024, overlappingSync: false, eventTurnBatching: false }
const root = open({ path: folder, ...options })
const pause = new Int32Array(new SharedArrayBuffer(4))

root.transactionSync(() => {
  writeSync(1, 'locked\n')
  for (let waited = 0; !existsSync(file) && waited < 20_000; waited += 5) Atomics.wait(pause, 0, 0, 5)
})
await root.close()
