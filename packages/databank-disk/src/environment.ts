import { createHash } from 'node:crypto'
import { ConnectError } from '@sessionbank/databank-kit'
import { type Database, open, type RootDatabase } from 'lmdb'
import { makeDirectory, prepareFiles } from './directory.ts'
import { connectError } from './disk-errors.ts'
import { Table } from './table.ts'

/** Raised whenever an older version of this package could not read the folder any more. */
const FORMAT = '1'

/** LMDB's defaults are not safe here. */
const OPTIONS = {
  encoding: 'string',
  // Else a folder whose name has a dot would be taken for a file.
  noSubdir: false,
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

/** LMDB must not be opened twice by one process: banks on the same folder share an environment. */
const environments = new Map<string, Environment>()

/** An open LMDB folder, shared by all banks of this process that use it. */
export class Environment {
  readonly root: RootDatabase<string, string>
  /** What is known of the folder and its types. */
  readonly meta: Database<string, string>
  readonly #identity: string
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
      const identity = makeDirectory(directory)
      for (let shared = environments.get(identity); shared; shared = environments.get(identity)) {
        if (!shared.#closed) {
          shared.#users++
          return shared
        }
        await shared.#closed
      }
      prepareFiles(directory)
      return await Environment.#openFirst(directory, identity)
    } catch (error) {
      throw connectError(directory, error)
    }
  }

  static async #openFirst(directory: string, identity: string): Promise<Environment> {
    const root = open<string, string>({ path: directory, ...OPTIONS })
    try {
      const environment = new Environment(root, identity)
      environments.set(identity, environment)
      return environment
    } catch (error) {
      await root.close()
      throw error
    }
  }

  private constructor(root: RootDatabase<string, string>, identity: string) {
    this.root = root
    this.#identity = identity
    this.meta = root.openDB<string, string>({ name: 'meta', encoding: 'string', useVersions: true })
    const format = root.transactionSync(() => {
      const found = this.meta.get('format')
      if (found === undefined) this.meta.put('format', FORMAT, 1)
      return found ?? FORMAT
    })
    if (format === FORMAT) return
    throw new ConnectError(
      `it was written by another version of databank-disk (format ${format}, not ${FORMAT}); use that version`,
    )
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
    this.#closed = this.root.close().finally(() => environments.delete(this.#identity))
    await this.#closed
  }
}

/** A name for LMDB, which ends one at a NUL: text that is not plain becomes its digest. */
export function nameOf(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  return `#${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`
}
