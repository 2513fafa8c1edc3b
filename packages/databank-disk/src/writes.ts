import { statfsSync } from 'node:fs'
import { pause, performance } from '@sessionbank/databank-kit'

/** From a failed write to the next attempt, and from one look at the free space to the next, in ms. */
const PAUSE = 100

/** So little free space, in bytes, is soon used up. */
const SCARCE = 64 * 1024 * 1024

/** How long LMDB may take to tell why a commit failed, in ms. */
const PATIENCE = 100

/**
 * Hands writes to LMDB: together while there is plenty of free space, else one after another. After a failure, one is tried
 * at a time, at most every 100 ms, and the others share its outcome. For each write that fails on a full disk, lmdb 3.5
 * writes a few bytes beyond the end of a buffer, and some hundreds of them end the process.
 */
export class Writes {
  /** Why the last write failed; undefined if it did not. */
  #failure: Error | undefined
  #trial: Promise<boolean> | undefined
  readonly #folder: string
  #lookedAt = Number.NEGATIVE_INFINITY
  #isScarce = false
  /** The last write of those that go one after another. */
  #last: Promise<unknown> = Promise.resolve()

  /** @param folder is on the disk that is written to */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Returns what `write` resolves to, once it is on disk.
   *
   * @param write hands the write to LMDB; called at once unless the last write failed or free space is scarce
   * @throws the reason that LMDB or the file system gives
   */
  run(write: () => Promise<boolean>): Promise<boolean> {
    if (this.#failure) return this.#runInTurn(write)
    if (!this.#hasLittleSpace()) return this.runNow(write)
    const turn = this.#last.then(() => (this.#failure ? null : this.runNow(write)))
    this.#last = turn.catch(() => {})
    return turn.then((isDone) => isDone ?? this.#runInTurn(write))
  }

  /** As `run`, for what makes room: it does not wait for an attempt of another write, which may need more room. */
  runNow(write: () => Promise<boolean>): Promise<boolean> {
    return write().then(undefined, this.#failed)
  }

  #hasLittleSpace(): boolean {
    const now = performance.now()
    if (now - this.#lookedAt >= PAUSE) {
      this.#lookedAt = now
      this.#isScarce = freeSpaceAt(this.#folder) < SCARCE
    }
    return this.#isScarce
  }

  async #runInTurn(write: () => Promise<boolean>): Promise<boolean> {
    if (!this.#trial) {
      this.#trial = this.#try(write).finally(() => {
        this.#trial = undefined
      })
      return this.#trial
    }
    await this.#trial.catch(() => {})
    if (this.#failure) throw this.#failure
    return this.run(write)
  }

  async #try(write: () => Promise<boolean>): Promise<boolean> {
    await pause(PAUSE)
    const isDone = await this.runNow(write)
    // Otherwise nothing had to be written, which succeeds on a full disk too.
    if (isDone) this.#failure = undefined
    return isDone
  }

  /** LMDB tells the reason by a second promise, which would be an unhandled rejection if nothing waited for it. */
  readonly #failed = async (error: Error & { commitError?: Promise<unknown> }): Promise<never> => {
    this.#failure = error
    const reason = error.commitError?.then(
      () => error,
      (cause) => cause,
    )
    this.#failure = (await Promise.race([reason ?? error, pause(PATIENCE)])) || error
    throw this.#failure
  }
}

/** Returns the bytes that are free for this user; infinity if the file system does not say. */
function freeSpaceAt(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
