import { Calls, codeOf, OperationError, queueMicrotask } from '@sessionbank/databank-kit'
import { backUp } from './backup.ts'
import { Environment, loadLmdb } from './environment.ts'
import { connectError, failureOf } from './failures.ts'
import { fileIdsIn } from './folder.ts'
import type { Options } from './options.ts'

/** Between two looks at the folder, in ms. */
const INTERVAL = 1_000

/** One bank's hold on an environment, which other banks may have come to by another path. */
export class Connection {
  readonly environment: Environment
  readonly calls: Calls
  readonly #directory: string
  readonly #backups = new Set<Promise<void>>()
  #isFresh = false
  #isInPlace = false
  #loss: string | undefined
  readonly #age = () => {
    this.#isFresh = false
  }

  private constructor(environment: Environment, { directory, timeout }: Options) {
    this.environment = environment
    this.calls = new Calls({ database: 'the disk bank', timeout, failureOf })
    this.#directory = directory
  }

  /**
   * @throws BrokenPackageError if lmdb does not load
   * @throws ConnectError that says what is wrong with the folder and what to do
   */
  static async open(options: Options): Promise<Connection> {
    loadLmdb()
    try {
      return new Connection(await Environment.open(options.directory), options)
    } catch (error) {
      throw connectError(options.directory, error)
    }
  }

  /** Copies the files, however long that takes: unlike a call, it has no deadline. */
  async backUp(folder: string): Promise<void> {
    this.refresh()
    const backup = backUp(this.environment, folder)
    this.#backups.add(backup)
    await backup.finally(() => this.#backups.delete(backup))
  }

  /** Waits for what is under way; with nothing, the files are being closed already when this returns. */
  async close(): Promise<void> {
    const idle = this.calls.close()
    if (idle) await idle
    // Closed during a copy, LMDB would end the process.
    if (this.#backups.size > 0) await Promise.allSettled(this.#backups)
    await this.environment.release()
  }

  /**
   * Lets the reads that follow see all that any process has written so far. LMDB reads from a snapshot that it keeps for
   * about 1 ms; calls that were made together share one, because nobody can have been told of a newer write in between.
   */
  refresh(): void {
    this.assertInPlace()
    if (this.#isFresh) return
    this.#isFresh = true
    queueMicrotask(this.#age)
    this.environment.root.resetReadTxn()
  }

  /**
   * Throws OperationError if a file that LMDB has open is no longer in the bank's folder. LMDB would acknowledge what nobody
   * can ever read; and without lock.mdb, other processes would take no notice of this one and damage the data. Files that
   * come back do not count: other processes may have changed them meanwhile.
   *
   * Looks at most once a second: two calls of stat take about 3 µs, less than a read of LMDB.
   */
  assertInPlace(): void {
    if (this.#isInPlace) return
    this.#loss ??= this.#findLoss()
    if (this.#loss !== undefined) throw new OperationError(this.#loss)
    this.#isInPlace = true
    setTimeout(() => {
      this.#isInPlace = false
    }, INTERVAL).unref()
  }

  #findLoss(): string | undefined {
    const lost = this.#lostFile()
    if (lost === undefined) return undefined
    const loss = `the disk bank "${this.#directory}" is out of use: its ${lost} was removed or replaced while this process had it open; stop the app, put the folder in place, and start the app again`
    process.emitWarning(loss, { code: 'SESSIONBANK_OPERATION_FAILED' })
    return loss
  }

  #lostFile(): string | undefined {
    try {
      const [data, lock] = fileIdsIn(this.#directory)
      if (data !== this.environment.files[0]) return 'folder or data.mdb'
      return lock === this.environment.files[1] ? undefined : 'lock.mdb'
    } catch (error) {
      // For another error, such as a folder above it that this process may no longer look into, nothing is known.
      return codeOf(error) === 'ELOOP' ? 'folder' : undefined
    }
  }
}
