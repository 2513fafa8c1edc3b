import { randomUUID } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ConnectError, codeOf } from '@sessionbank/databank-kit'
import { assertWhole } from './data-file.ts'

/** Sessions are secret: only the owner may use the folder and its files. */
export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600
/** The permissions of the group and of all others. */
const OTHERS = 0o077

/** Room for LMDB's reader table: 64 bytes for each process that has the folder open. */
const LOCK_FILE_BYTES = 32_768
/** Maximum size of a new data file. */
const FIRST_PAGES_BYTES = 262_144

/** The device and inode of data.mdb and lock.mdb; undefined if the file is missing. */
export type FileIds = readonly [data: string | undefined, lock: string | undefined]

/** Uses stat only: closing another descriptor of lock.mdb would release LMDB's locks in this process. */
export function fileIdsIn(folder: string): FileIds {
  return [idOf(join(folder, 'data.mdb')), idOf(join(folder, 'lock.mdb'))]
}

function idOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

export function areSame(files: FileIds, others: FileIds): boolean {
  return files.every((id, n) => id === others[n])
}

/** Returns true if the folders have a file in common. */
export function overlap(files: FileIds, others: FileIds): boolean {
  return files.some((id, n) => id !== undefined && id === others[n])
}

/**
 * Creates the folder if it is missing, and returns its path without symbolic links, because these may change while the
 * files are opened one by one. Does not use Node's recursive mkdir, which never returns below `/proc`, and reports a
 * read-only file system as a missing folder.
 */
export function makeFolder(path: string): string {
  makeFolders(path)
  if (!statSync(path).isDirectory()) throw new ConnectError('it is a file; name another folder')
  return realpathSync(path)
}

function makeFolders(path: string): void {
  if (isThere(path)) return
  makeFolders(dirname(path))
  try {
    mkdirSync(path, { mode: FOLDER_MODE })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if (isThere(path)) return // Another process was faster.
    throw new ConnectError(
      'it or a folder above it is a symbolic link to nothing; create the target, or name another folder',
    )
  }
}

export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/**
 * Makes sure that LMDB can open the folder, because lmdb 3.5 crashes the process if it cannot. Opens data.mdb, so it
 * must not be called while LMDB has that file open in this process. Never opens lock.mdb.
 */
export function prepareFiles(folder: string): void {
  for (const name of ['lock.mdb', 'data.mdb']) assertUsable(join(folder, name))
  makeLockFile(folder)
  const file = openSync(join(folder, 'data.mdb'), 'a+', FILE_MODE)
  try {
    if (fstatSync(file).size > 0) assertWhole(file)
    else withDraft(folder, FIRST_PAGES_BYTES, () => {}) // Throws if there is no room.
  } finally {
    closeSync(file)
  }
}

/**
 * Removes the permissions of others, which a copied or unpacked file may have. Throws ConnectError if LMDB cannot use
 * it.
 */
function assertUsable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isFile()) throw new ConnectError('its data.mdb or lock.mdb is not a file; name another folder')
  accessSync(path, constants.R_OK | constants.W_OK)
  try {
    if ((found.mode & OTHERS) !== 0) chmodSync(path, FILE_MODE)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    throw new ConnectError(
      'other users may use its data.mdb or lock.mdb, and this process cannot change that because it is not its owner; chmod 600 both, or run as their owner',
    )
  }
}

/**
 * LMDB maps its lock file into memory. On a full disk, the first write to a sparse file would kill the process, so the
 * file is written in full here. It is linked into place when complete, because another process may be doing the same.
 */
function makeLockFile(folder: string): void {
  const path = join(folder, 'lock.mdb')
  if (isThere(path)) return
  withDraft(folder, LOCK_FILE_BYTES, (draft) => {
    try {
      linkSync(draft, path)
    } catch (error) {
      // Another process was faster, or the file system has no hard links and LMDB creates the file itself.
      if (!['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(String(codeOf(error)))) throw error
    }
  })
}

function withDraft(folder: string, bytes: number, use: (draft: string) => void): void {
  const draft = join(folder, `draft-${randomUUID()}.tmp`)
  try {
    writeFileSync(draft, Buffer.alloc(bytes), { mode: FILE_MODE, flag: 'wx' })
    use(draft)
  } finally {
    rmSync(draft, { force: true })
  }
}
