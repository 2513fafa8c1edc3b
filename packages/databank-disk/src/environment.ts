import { BrokenPackageError, ConnectError, isBundled } from '@sessionbank/databank-kit'
import type { RootDatabase } from 'lmdb'
import { areSame, type FileIds, fileIdsIn, makeFolder, overlap, prepareFiles } from './folder.ts'

/** Raised whenever an older version of this package could not read the folder any more. */
const FORMAT = '1'

/** LMDB's defaults are not safe here. */
const OPTIONS = {
  encoding: 'string',
  // Else a folder whose name has a dot would be taken for a file.
  noSubdir: false,
  // If LMDB makes a file by itself. Not in lmdb's types.
  permissionsMode: 0o600,
  // How many databases one process can have open: two for each type, and one for each indexed field of it.
  maxDbs: 1_024,
  // With the default, killing a busy process breaks the other processes that have the folder open.
  overlappingSync: false,
  // With the default, a full disk leaves a rejection that nobody can catch.
  eventTurnBatching: false,
  // So many writes of one turn of the event loop share one transaction and its flush to the disk. With the default of 5,
  // the first few begin it, and the others wait for the next; with 32, a full disk ended the process more often.
  txnStartThreshold: 10_000,
} as const

/** How often the files may change while they are being opened. */
const ATTEMPTS = 10

/**
 * LMDB must not open a file twice in one process: banks on the same files share an environment. The files tell, not the
 * folder, whose inode a new folder may have as soon as it is removed.
 */
const environments = new Set<Environment>()

/**
 * Loads lmdb when the first bank is opened: it takes longer than all the rest of an app's start.
 *
 * @throws BrokenPackageError if it has no binary for this machine, or was put into a bundle
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
  /** The files that LMDB has open, which keeps their inodes from being used again. */
  readonly files: FileIds
  #users = 1
  #closed: Promise<void> | undefined

  /** Rejects with whatever LMDB or the file system says. */
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
        'its data.mdb or lock.mdb was removed or replaced while this process has the other open; restart the app, or disconnect its other banks of this folder first',
      )
    }
    this.#users++
    return this
  }

  /** Returns null if another process put other files in their place meanwhile. */
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

  /** The last bank that leaves closes the files. */
  async release(): Promise<void> {
    if (--this.#users > 0) return
    this.#closed = this.root.close().finally(() => environments.delete(this))
    await this.#closed
  }
}
