import { BrokenPackageError, ConnectError, isBundled } from '@sessionbank/databank-kit'
import type { RootDatabase } from 'lmdb'
import { areSame, type FileIds, fileIdsIn, makeFolder, overlap, prepareFiles } from './folder.ts'

/** Increased whenever older versions of this package cannot read the folder any more. */
const FORMAT = '1'

/** LMDB's defaults are not safe for this driver. */
const OPTIONS = {
  encoding: 'string',
  // With the default, lmdb treats a path as a file if its name has a dot.
  noSubdir: false,
  // The mode of files that LMDB creates itself. Missing in lmdb's types.
  permissionsMode: 0o600,
  // Maximum number of open databases per process: two for each type, and one for each of its indexed fields.
  maxDbs: 1_024,
  // With the default, killing a busy process breaks the other processes that have the folder open.
  overlappingSync: false,
  // With the default, a full disk causes a rejection that cannot be caught.
  eventTurnBatching: false,
  // Up to this many writes in one turn of the event loop share a transaction and its flush. With the default of 5, the
  // first writes start a transaction and the others wait for the next; with 32, a full disk killed the process more
  // often.
  txnStartThreshold: 10_000,
} as const

/** How often opening is tried again because the files were replaced meanwhile. */
const ATTEMPTS = 10

/**
 * LMDB must not open a file twice in one process, so banks on the same files share an environment. Files are compared,
 * not folders, because a new folder may get the inode of a removed one.
 */
const environments = new Set<Environment>()

/**
 * Loads lmdb only when the first bank is opened, because loading it takes longer than the rest of an app's start.
 *
 * @throws BrokenPackageError if lmdb has no binary for this machine, or is part of a bundle
 */
export function loadLmdb(): typeof import('lmdb') {
  try {
    return require('lmdb')
  } catch (error) {
    throw new BrokenPackageError('lmdb', error, isBundled(module.filename))
  }
}

/** An open LMDB folder, shared by all banks of this process that use it. */
export class Environment {
  readonly root: RootDatabase<string, string>
  /** The files that LMDB has open, so that their inodes cannot be reused. */
  readonly files: FileIds
  #users = 1
  #closed: Promise<void> | undefined

  /** Rejects with the error of LMDB or the file system. */
  static async open(directory: string): Promise<Environment> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const folder = makeFolder(directory)
      const files = fileIdsIn(folder)
      const holder = [...environments].find((environment) => overlap(environment.files, files))
      if (holder && !holder.#closed) return holder.#sharedAs(files)
      if (holder) await holder.#closed
      const environment = holder ? null : await Environment.#openFirst(folder)
      if (environment) return environment
    }
    throw new ConnectError('its files are being replaced just now; wait until that is done, then try again')
  }

  #sharedAs(files: FileIds): Environment {
    if (!areSame(this.files, files)) {
      throw new ConnectError(
        'its data.mdb or lock.mdb was removed or replaced while this process had both open; restart the app, or first disconnect its other banks on this folder',
      )
    }
    this.#users++
    return this
  }

  /** Returns null if another process replaced the files meanwhile. */
  static async #openFirst(folder: string): Promise<Environment | null> {
    prepareFiles(folder)
    const files = fileIdsIn(folder)
    const root = loadLmdb().open<string, string>({ path: folder, ...OPTIONS })
    try {
      if (areSame(files, fileIdsIn(folder))) return new Environment(root, files)
    } catch (error) {
      await root.close()
      throw error
    }
    await root.close()
    return null
  }

  private constructor(root: RootDatabase<string, string>, files: FileIds) {
    this.root = root
    this.files = files
    const meta = root.openDB<string, string>({ name: 'meta', encoding: 'string', useVersions: true })
    const format = root.transactionSync(() => {
      const found = meta.get('format')
      if (found === undefined) void meta.put('format', FORMAT, 1)
      return found ?? FORMAT
    })
    if (format !== FORMAT) {
      throw new ConnectError(
        `it was written by another version of databank-disk (format ${format}, not ${FORMAT}); use that version`,
      )
    }
    environments.add(this)
  }

  /** Closes the files if no other bank uses them. */
  async release(): Promise<void> {
    if (--this.#users > 0) return
    this.#closed = this.root.close().finally(() => environments.delete(this))
    await this.#closed
  }
}
