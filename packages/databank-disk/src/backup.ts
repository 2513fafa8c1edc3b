import { chmod, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConnectError, codeOf, InvalidOptionError } from '@sessionbank/databank-kit'
import type { RootDatabase } from 'lmdb'
import type { Environment } from './environment.ts'
import { backupError } from './failures.ts'
import { FILE_MODE, FOLDER_MODE, fileIdsIn, isThere, makeFolder, overlap } from './folder.ts'

/** The folder that holds the copy until it is complete. Creating it fails if another backup is running. */
const DRAFT = 'backup.tmp'
const NOT_EMPTY = 'it is not empty; name a new or an empty folder'
const FORM = '`folder` of a backup must be the path of a folder, such as "./backups/monday"'
/** LMDB refuses to compact a file that has pages which are neither used nor free. These are otherwise harmless. */
const HAS_LOST_PAGES = 'MDB_INCOMPATIBLE'

/** Returns the absolute path of a backup's target folder. */
export function backupFolderOf(folder: unknown): string {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) throw new InvalidOptionError(FORM)
  if (/^disk:/i.test(folder)) throw new InvalidOptionError(`${FORM}, not a URL`)
  const path = resolve(folder)
  if (path === dirname(path)) throw new InvalidOptionError(`${FORM}, not the root folder`)
  return path
}

/**
 * Copies the environment into a new or empty folder: a snapshot of all acknowledged writes, of all processes. Resolves
 * when the copy is on disk; until then the folder has no `data.mdb`.
 *
 * @throws OperationError if the copy fails; the folder is then restored to its former state
 */
export async function backUp(environment: Environment, folder: string): Promise<void> {
  try {
    const isNew = !isThere(folder)
    makeFolder(folder)
    if (overlap(fileIdsIn(folder), environment.files))
      throw new ConnectError('it is the folder of the bank itself; name another')
    await makeDraft(folder)
    try {
      await fill(folder, environment.root)
    } catch (error) {
      await rm(join(folder, DRAFT), { recursive: true, force: true })
      if (isNew) await rmdir(folder)
      throw error
    }
  } catch (error) {
    throw backupError(folder, error)
  }
}

async function makeDraft(folder: string): Promise<void> {
  try {
    await mkdir(join(folder, DRAFT), { mode: FOLDER_MODE })
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? new ConnectError(NOT_EMPTY) : error
  }
}

async function fill(folder: string, root: RootDatabase): Promise<void> {
  const draft = join(folder, DRAFT)
  const file = join(draft, 'data.mdb')
  await assertEmpty(folder)
  await copy(root, draft)
  await chmod(file, FILE_MODE)
  await flush(file, 'r+')
  await assertEmpty(folder)
  await rename(file, join(folder, 'data.mdb'))
  await rmdir(draft)
  // Makes the directory entries of the new file and of its folder durable, if this process may read the parent folder.
  if (process.platform === 'win32') return
  await flush(folder, 'r')
  await flush(dirname(folder), 'r').catch(() => {})
}

async function assertEmpty(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.some((name) => name !== DRAFT)) throw new ConnectError(NOT_EMPTY)
}

/** Copies in a separate thread, within one read transaction. */
async function copy(root: RootDatabase, draft: string): Promise<void> {
  try {
    await root.backup(draft, true)
  } catch (error) {
    if (!String((error as Error).message).startsWith(HAS_LOST_PAGES)) throw error
    await rm(join(draft, 'data.mdb'))
    await root.backup(draft, false)
  }
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
