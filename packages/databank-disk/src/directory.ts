import { randomUUID } from 'node:crypto'
import { closeSync, linkSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Sessions are secrets: the folder and its files are their owner's alone. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** Room for LMDB's table of readers: 64 bytes for each process or thread that has the folder open. */
const LOCK_FILE_BYTES = 32_768

/** Makes the folder and its files where there are none, and gives what identifies the folder, whatever path led to it. */
export function prepareDirectory(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: FOLDER_MODE })
  closeSync(openSync(join(directory, 'data.mdb'), 'a', FILE_MODE))
  makeLockFile(directory)
  const { dev, ino } = statSync(directory, { bigint: true })
  return `${dev}:${ino}`
}

/**
 * LMDB maps its lock file into memory; on a full disk, a file with holes would kill the process at the first write to it.
 * So it is made here in full, and put in its place whole, as another process may be doing the same.
 */
function makeLockFile(directory: string): void {
  const path = join(directory, 'lock.mdb')
  if (isFilled(path)) return
  const draft = join(directory, `lock-${randomUUID()}.tmp`)
  try {
    writeFileSync(draft, Buffer.alloc(LOCK_FILE_BYTES), { mode: FILE_MODE, flag: 'wx' })
    linkSync(draft, path)
  } catch (error) {
    if (!LINK_REFUSALS.has((error as NodeJS.ErrnoException).code)) throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Another process was faster, or the file system has no links and LMDB makes the file by itself. */
const LINK_REFUSALS = new Set<unknown>(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

function isFilled(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
