import { randomUUID } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ConnectError } from '@sessionbank/databank-kit'
import { isCutOff } from './cut-off.ts'
import { DANGLING_LINK, IS_FILE } from './failures.ts'

/** Sessions are secrets: the folder and its files are their owner's alone. */
export const FOLDER_MODE = 0o700
export const FILE_MODE = 0o600
/** The rights of the group and of all others. */
const OTHERS = 0o077

const NOT_PRIVATE =
  'other users may use its data.mdb or lock.mdb, and this process cannot change that as it is not its owner; chmod 600 both, or run as their owner'

/** Room for LMDB's table of readers: 64 bytes for each process that has the folder open. */
const LOCK_FILE_BYTES = 32_768

/** What a new data file takes at most until it is ready. */
const FIRST_PAGES_BYTES = 262_144

/**
 * Makes the folder where there is none, and returns its path without symbolic links, which may be switched while files are
 * opened one by one. Not by Node's recursive mkdir: it never returns below `/proc`, and takes a read-only file system for a
 * folder that is not there.
 */
export function makeDirectory(directory: string): string {
  const missing: string[] = []
  let path = directory
  for (; !isThere(path); path = dirname(path)) missing.push(path)
  for (const folder of missing.reverse()) makeFolder(folder)
  if (!statSync(directory).isDirectory()) throw new ConnectError(IS_FILE)
  return realpathSync(directory)
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // Another process was faster, or it is a link to nothing.
    if (!isThere(folder)) throw new ConnectError(DANGLING_LINK)
  }
}

/**
 * Makes sure that LMDB will be able to open the folder: where it cannot, lmdb 3.5 ends the process by a segmentation fault
 * instead of an error. Never opens lock.mdb: closing it would give up the locks that LMDB may have on it in this process.
 */
export function prepareFiles(directory: string): void {
  for (const name of ['lock.mdb', 'data.mdb']) prepareFile(join(directory, name))
  makeLockFile(directory)
  const file = openSync(join(directory, 'data.mdb'), 'a+', FILE_MODE)
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const length = readSync(file, header, 0, HEADER_BYTES, 0)
    if (length === 0) assertRoom(directory)
    else assertWhole(file, header)
  } finally {
    closeSync(file)
  }
}

function prepareFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isFile()) throw new ConnectError('its data.mdb or lock.mdb is no file; name another folder')
  accessSync(path, constants.R_OK | constants.W_OK)
  if ((found.mode & OTHERS) !== 0) makePrivate(path)
}

/** A file that was copied, unpacked or made by another program may be open to other users. */
function makePrivate(path: string): void {
  try {
    chmodSync(path, FILE_MODE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    throw new ConnectError(NOT_PRIVATE)
  }
}

/**
 * LMDB maps its lock file into memory; on a full disk, a file with holes would kill the process at the first write to it.
 * So it is made here in full, and put in its place whole, as another process may be doing the same.
 */
function makeLockFile(directory: string): void {
  const path = join(directory, 'lock.mdb')
  if (existsSync(path)) return
  withDraft(directory, LOCK_FILE_BYTES, (draft) => {
    try {
      linkSync(draft, path)
    } catch (error) {
      if (!LINK_REFUSALS.has((error as NodeJS.ErrnoException).code)) throw error
    }
  })
}

/** Another process was faster, or the file system has no links and LMDB makes the file by itself. */
const LINK_REFUSALS = new Set<unknown>(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** @throws ENOSPC where the disk could not take a new database */
function assertRoom(directory: string): void {
  withDraft(directory, FIRST_PAGES_BYTES, () => {})
}

function withDraft(directory: string, bytes: number, use: (draft: string) => void): void {
  const draft = join(directory, `draft-${randomUUID()}.tmp`)
  try {
    writeFileSync(draft, Buffer.alloc(bytes), { mode: FILE_MODE, flag: 'wx' })
    use(draft)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The start of LMDB's first page: a page header with its flags, then the magic number and the version of the format. */
const HEADER_BYTES = 32
const META_PAGE = 0x08
const MAGIC = 0xbeefc0de
const DATA_VERSION = 2

const CUT_OFF = 'its data.mdb is damaged: its end is missing; restore a backup or name another folder'

function assertWhole(file: number, header: Buffer): void {
  assertOurs(header)
  if (isCutOff(file)) throw new ConnectError(CUT_OFF)
}

function assertOurs(header: Buffer): void {
  const isMeta = (header.readUInt16LE(18) & META_PAGE) !== 0
  if (isMeta && header.readUInt32LE(24) === MAGIC && header.readUInt16LE(28) === DATA_VERSION) return
  throw new ConnectError('its data.mdb is damaged or of another program; restore a backup or name another folder')
}
