import { createHash } from 'node:crypto'
import { ConnectError } from '@sessionbank/databank-kit'
import { type Database, open, type RootDatabase } from 'lmdb'
import { makeDirectory, prepareFiles } from './directory.ts'
import { connectError } from './failures.ts'
import { areSame, type FileIds, fileIdsIn, overlap } from './file-ids.ts'
import { Table } from './table.ts'

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
  // the first few begin it, and the others wait for the next.
  txnStartThreshold: 10_000,
} as const

/**
 * LMDB must not open a file twice in one process: banks on the same files share an environment. The files tell, not the
 * folder, whose inode a new folder may have as soon as it is removed.
 */
const environments = new Set<Environment>()

const HALF_REPLACED =
  'its data.mdb or lock.mdb was removed or replaced while this process has the other open; restart the app, or disconnect its other banks of this folder first'

/** How often the files may change while they are being opened. */
const ATTEMPTS = 3

/** An open LMDB folder, shared by all banks of this process that use it. */
export class Environment {
  readonly root: RootDatabase<string, string>
  /** The files that LMDB has open. */
  readonly files: FileIds
  /** What is known of the folder and its types. */
  readonly meta: Database<string, string>
  readonly #tables = new Map<string, Table>()
  #users = 1
  #closed: Promise<void> | undefined
  #fresh = false
  readonly #age = () => {
    this.#fresh = false
  }

  /** @throws ConnectError that says what is wrong with the folder and what to do */
  static async open(directory: string): Promise<Environment> {
    try {
      for (let attempt = 0; attempt < ATTEMPTS; ) {
        const folder = makeDirectory(directory)
        const files = fileIdsIn(folder)
        const holder = [...environments].find((environment) => overlap(environment.files, files))
        if (holder && !holder.#closed) return holder.#sharedAs(files)
        if (holder) {
          await holder.#closed
          continue
        }
        const environment = await Environment.#openFirst(folder)
        if (environment) return environment
        attempt++
      }
      throw new ConnectError('its files are being replaced just now; wait until that is done, then try again')
    } catch (error) {
      throw connectError(directory, error)
    }
  }

  #sharedAs(files: FileIds): Environment {
    if (!areSame(this.files, files)) throw new ConnectError(HALF_REPLACED)
    this.#users++
    return this
  }

  /** Null if another process put other files in their place meanwhile. */
  static async #openFirst(folder: string): Promise<Environment | null> {
    prepareFiles(folder)
    const files = fileIdsIn(folder)
    const root = open<string, string>({ path: folder, ...OPTIONS })
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
    this.meta = root.openDB<string, string>({ name: 'meta', encoding: 'string', useVersions: true })
    const format = root.transactionSync(() => {
      const found = this.meta.get('format')
      if (found === undefined) this.meta.put('format', FORMAT, 1)
      return found ?? FORMAT
    })
    if (format !== FORMAT) {
      throw new ConnectError(
        `it was written by another version of databank-disk (format ${format}, not ${FORMAT}); use that version`,
      )
    }
    environments.add(this)
  }

  /** The databases of a type, made where there are none. */
  table(type: string): Table {
    let table = this.#tables.get(type)
    if (!table) {
      table = new Table(this, nameOf(type))
      this.#tables.set(type, table)
    }
    return table
  }

  /**
   * Lets the reads that follow see all that any process has written so far. LMDB reads from a snapshot that it keeps for
   * about 1 ms; calls that were made together share one, because nobody can have been told of a newer write in between.
   */
  refresh(): void {
    if (this.#fresh) return
    this.#fresh = true
    queueMicrotask(this.#age)
    this.root.resetReadTxn()
  }

  /** The last bank that leaves closes the files. */
  async release(): Promise<void> {
    if (--this.#users > 0) return
    this.#closed = this.root.close().finally(() => environments.delete(this))
    await this.#closed
  }
}

/** A name for LMDB, which ends one at a NUL: text that is not plain becomes its digest. */
export function nameOf(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  return `#${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`
}
