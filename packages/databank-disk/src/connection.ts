import { Calls, codeOf, OperationError, queueMicrotask } from '@sessionbank/databank-kit'
import { backUp } from './backup.ts'
import { Environment, loadLmdb } from './environment.ts'
import { connectError, failureOf } from './failures.ts'
import { fileIdsIn } from './folder.ts'
import type { Options } from './options.ts'

/** Minimum time between two checks of the folder, in ms. */
const INTERVAL = 1_000

/** The connection of one bank. It may share its environment with other banks, even banks opened by another path. */
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
   * @throws ConnectError if the folder cannot be used; the message says why, and what to do
   */
  static async open(options: Options): Promise<Connection> {
    loadLmdb()
    try {
      return new Connection(await Environment.open(options.directory), options)
    } catch (error) {
      throw connectError(options.directory, error)
    }
  }

  /** Copies the files. Unlike a call, a backup has no deadline. */
  async backUp(folder: string): Promise<void> {
    this.refresh()
    const backup = backUp(this.environment, folder)
    this.#backups.add(backup)
    await backup.finally(() => this.#backups.delete(backup))
  }

  /** Waits for running calls and backups, then closes the files. Starts closing synchronously if there are none. */
  async close(): Promise<void> {
    const idle = this.calls.close()
    if (idle) await idle
    // Closing LMDB during a copy would crash the process.
    if (this.#backups.size > 0) await Promise.allSettled(this.#backups)
    await this.environment.release()
  }

  /**
   * Makes the next reads see all writes so far, of all processes. LMDB reads from a snapshot that it keeps for about 1
   * ms. Calls made in the same tick share a snapshot, because no newer write can have been acknowledged between them.
   */
  refresh(): void {
    this.assertInPlace()
    if (this.#isFresh) return
    this.#isFresh = true
    queueMicrotask(this.#age)
    this.environment.root.resetReadTxn()
  }

  /**
   * Throws OperationError if a file that LMDB has open is no longer in the bank's folder. Otherwise LMDB would
   * acknowledge writes that can never be read; and without lock.mdb, other processes would ignore this one and damage
   * the data. Keeps throwing if the files come back, because other processes may have changed them meanwhile.
   *
   * Checks at most once a second, because its two stat calls take about 3 µs.
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
    const loss = `the disk bank "${this.#directory}" is no longer usable: its ${lost} was removed or replaced while this process had it open; stop the app, put the folder in place, and start the app again`
    process.emitWarning(loss, { code: 'SESSIONBANK_OPERATION_FAILED' })
    return loss
  }

  #lostFile(): string | undefined {
    try {
      const [data, lock] = fileIdsIn(this.#directory)
      if (data !== this.environment.files[0]) return 'folder or data.mdb'
      return lock === this.environment.files[1] ? undefined : 'lock.mdb'
    } catch (error) {
      // Other errors prove nothing, such as a missing permission to read a parent folder.
      return codeOf(error) === 'ELOOP' ? 'folder' : undefined
    }
  }
}
