import { setTimeout } from 'node:timers'

/** From a failed write to the next attempt, in ms. */
const PAUSE = 100

/** How long LMDB may take to tell why a commit failed, in ms. */
const PATIENCE = 100

/**
 * Hands writes to LMDB. After a failure, one write is tried at a time, at most every 100 ms, and the others share its
 * outcome. For each write that fails on a full disk, lmdb 3.5 writes a few bytes beyond the end of a buffer, and some
 * hundreds of them end the process.
 */
export class Writes {
  /** Why the last write failed; undefined if it did not. */
  #failure: Error | undefined
  #trial: Promise<boolean> | undefined

  /**
   * Returns what `write` resolves to, once it is on disk.
   *
   * @param write hands the write to LMDB; called at once unless the last write failed
   * @throws the reason that LMDB or the file system gives
   */
  run(write: () => Promise<boolean>): Promise<boolean> {
    return this.#failure ? this.#runInTurn(write) : this.runNow(write)
  }

  /** As `run`, for what makes room: it does not wait for an attempt of another write, which may need more room. */
  runNow(write: () => Promise<boolean>): Promise<boolean> {
    return write().then(undefined, this.#failed)
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
    this.#failure = (await Promise.race([reason ?? error, pause(PATIENCE)])) ?? error
    throw this.#failure
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined))
}
