import { OperationError } from '@sessionbank/databank-kit'
import { type FileIds, fileIdsIn } from './file-ids.ts'

/** In ms. */
const INTERVAL = 1_000

/**
 * Looks whether the files that LMDB has open are still those in the bank's folder. LMDB would go on with files that were
 * removed, and acknowledge what nobody can ever read; and without lock.mdb, other processes would take no notice of this
 * one and damage the data.
 *
 * Files that are not there any more stay so: when they come back, other processes may have changed them meanwhile.
 */
export class FolderCheck {
  readonly #directory: string
  readonly #files: FileIds
  #isRecent = false
  #lost: string | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param files what LMDB has open; it keeps their inodes from being used again */
  constructor(directory: string, files: FileIds) {
    this.#directory = directory
    this.#files = files
  }

  /**
   * Looks at most once a second, and only if it is called: two calls of stat take about 3 µs, less than a read of LMDB,
   * which is synchronous too.
   *
   * @throws OperationError if a file was removed or replaced
   */
  assertUnchanged(): void {
    if (this.#isRecent) return
    if (this.#lost === undefined) this.#look()
    if (this.#lost !== undefined) throw new OperationError(this.#lost)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const name = this.#changedFile()
    if (name !== undefined) {
      this.#lost = `the disk bank "${this.#directory}" is out of use: its ${name} was removed or replaced while this process had it open; stop the app, put the folder in place, and start the app again`
      process.emitWarning(this.#lost, { code: 'SESSIONBANK_OPERATION_FAILED' })
      return
    }
    this.#isRecent = true
    this.#timer = setTimeout(() => {
      this.#isRecent = false
    }, INTERVAL)
    this.#timer.unref()
  }

  #changedFile(): string | undefined {
    let found: FileIds
    try {
      found = fileIdsIn(this.#directory)
    } catch (error) {
      // For another error, such as a folder above it that this process may no longer look into, nothing is known.
      return (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'folder' : undefined
    }
    if (found.data !== this.#files.data) return 'folder or data.mdb'
    return found.lock === this.#files.lock ? undefined : 'lock.mdb'
  }
}
