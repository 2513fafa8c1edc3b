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

/** Sessions are secrets: the folder and its files are their owner's alone. */
export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600
/** The rights of the group and of all others. */
const OTHERS = 0o077

/** Room for LMDB's table of readers: 64 bytes for each process that has the folder open. */
const LOCK_FILE_BYTES = 32_768
/** What a new data file takes at most until it is ready. */
const FIRST_PAGES_BYTES = 262_144

/** What data.mdb and lock.mdb of a folder are, by device and inode; undefined for a file that is not there. */
export type FileIds = readonly [data: string | undefined, lock: string | undefined]

/** Only by stat: closing another descriptor of lock.mdb would give up the locks of LMDB in this process. */
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

/** Returns whether the folders have one of the files in common. */
export function overlap(files: FileIds, others: FileIds): boolean {
  return files.some((id, n) => id !== undefined && id === others[n])
}

/**
 * Makes the folder if there is none, and returns its path without symbolic links, which may be switched while files are
 * opened one by one. Not by Node's recursive mkdir: it never returns below `/proc`, and takes a read-only file system for a
 * folder that is not there.
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
      'it or a folder above it is a symbolic link to nothing; make what it points to, or name another folder',
    )
  }
}

export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/**
 * Makes sure that LMDB can open the folder: where it cannot, lmdb 3.5 ends the process by a segmentation fault instead of an
 * error. Opens data.mdb, so not while LMDB has it open in this process, and never lock.mdb.
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

/** Takes the rights of others away: a file that was copied, unpacked or made by another program may have some. */
function assertUsable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isFile()) throw new ConnectError('its data.mdb or lock.mdb is no file; name another folder')
  accessSync(path, constants.R_OK | constants.W_OK)
  try {
    if ((found.mode & OTHERS) !== 0) chmodSync(path, FILE_MODE)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    throw new ConnectError(
      'other users may use its data.mdb or lock.mdb, and this process cannot change that as it is not its owner; chmod 600 both, or run as their owner',
    )
  }
}

/**
 * LMDB maps its lock file into memory; on a full disk, a file with holes would kill the process at the first write to it.
 * So it is made here in full, and put in its place whole, as another process may be doing the same.
 */
function makeLockFile(folder: string): void {
  const path = join(folder, 'lock.mdb')
  if (isThere(path)) return
  withDraft(folder, LOCK_FILE_BYTES, (draft) => {
    try {
      linkSync(draft, path)
    } catch (error) {
      // Another process was faster, or the file system has no links and LMDB makes the file by itself.
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
