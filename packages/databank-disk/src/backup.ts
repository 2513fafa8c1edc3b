import { chmod, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConnectError, InvalidOptionError } from '@sessionbank/databank-kit'
import type { RootDatabase } from 'lmdb'
import { FILE_MODE, FOLDER_MODE, makeDirectory } from './directory.ts'
import type { Environment } from './environment.ts'
import { backupError } from './failures.ts'
import { fileIdsIn, overlap } from './file-ids.ts'

/** Holds the copy until it is whole. Only one backup at a time can make it. */
const DRAFT = 'backup.tmp'

const FORM = 'a backup takes the path of a folder, such as "./backups/monday"'

/** The absolute path of the folder that a backup is to go to. */
export function backupFolderOf(folder: unknown): string {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) throw new InvalidOptionError(FORM)
  if (/^disk:/i.test(folder)) throw new InvalidOptionError(`${FORM}, not a URL`)
  const path = resolve(folder)
  if (path === dirname(path)) throw new InvalidOptionError(`${FORM}, not the root folder`)
  return path
}

/**
 * Copies the environment into a new or empty folder: a snapshot of all that any process has been acknowledged. Resolves
 * when it is on disk; until then the folder holds no `data.mdb`.
 *
 * @throws OperationError if that fails; the folder is then as it was before
 */
export async function backUp(environment: Environment, folder: string): Promise<void> {
  try {
    const isNew = !(await isThere(folder))
    makeDirectory(folder)
    if (overlap(fileIdsIn(folder), environment.files))
      throw new ConnectError('it is the folder of the bank itself; name another')
    await makeDraft(folder)
    try {
      await fill(folder, environment)
    } catch (error) {
      await rm(join(folder, DRAFT), { recursive: true, force: true })
      if (isNew) await rmdir(folder)
      throw error
    }
  } catch (error) {
    throw backupError(folder, error)
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function makeDraft(folder: string): Promise<void> {
  try {
    await mkdir(join(folder, DRAFT), { mode: FOLDER_MODE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new ConnectError(NOT_EMPTY)
    throw error
  }
}

const NOT_EMPTY = 'it is not empty; name a new or an empty folder'

async function fill(folder: string, { root }: Environment): Promise<void> {
  const draft = join(folder, DRAFT)
  const file = join(draft, 'data.mdb')
  await assertEmpty(folder)
  await copy(root, draft)
  await chmod(file, FILE_MODE)
  await flush(file, 'r+')
  await assertEmpty(folder)
  await rename(file, join(folder, 'data.mdb'))
  await rmdir(draft)
  await flushFolder(folder)
}

async function assertEmpty(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.some((name) => name !== DRAFT)) throw new ConnectError(NOT_EMPTY)
}

/** In a thread of its own, from one read transaction. */
async function copy(root: RootDatabase<string, string>, draft: string): Promise<void> {
  try {
    await root.backup(draft, true)
  } catch (error) {
    if (!String((error as Error).message).startsWith(HAS_LOST_PAGES)) throw error
    await rm(join(draft, 'data.mdb'))
    await root.backup(draft, false)
  }
}

/** LMDB does not compact a file in which pages are neither used nor free; such pages do no other harm. */
const HAS_LOST_PAGES = 'MDB_INCOMPATIBLE'

/** The entries of the new file and of the folder itself, as far as the system has a way to flush them. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await flush(folder, 'r')
  await flush(dirname(folder), 'r').catch(() => {}) // This process need not be allowed to read there.
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
