import { attempt } from './attempt.ts'
import { settledAfter } from './call.ts'
import type { Deadlines } from './deadlines.ts'
import { BankTimeoutError, QueueFullError } from './errors.ts'

/** An operation that waits for earlier ones. */
interface Pending {
  begin(deadline: number): void
  reject(error: Error): void
  deadlines: Deadlines
  /** The deadline, if the operation's time has started before its turn. */
  deadline?: number
  isOver?: boolean
}

/** The operations that wait for the running operation of their key. */
class KeyQueue {
  waiting: Pending[] = []
  /** True if the running operation has already failed for its caller, but the bank has not answered it. */
  isStalled = false
}

export interface OperationQueueOptions {
  /** Called if an operation has had no answer for ten timeouts, so that later ones stop waiting for it. */
  abandoned?(): void
  /** Returns the error that the caller gets. Default: the original error. */
  explain?(error: unknown): unknown
}

/** Maximum number of waiting operations of one key. */
const LONGEST = 10_000

/**
 * Runs the operations of one key one after another, and those of different keys concurrently. The timeout of an
 * operation starts with its turn.
 *
 * A turn lasts until the bank is done with the operation, even if it has already failed for its caller: otherwise it
 * might still change the record after a later operation. Meanwhile, the timeouts of the waiting operations run, and
 * they fail without being sent.
 */
export class OperationQueue {
  /** The waiting operations of each key that has a running operation; null if there are none. */
  readonly #queues = new Map<string, KeyQueue | null>()
  readonly #options: OperationQueueOptions

  constructor(options: OperationQueueOptions = {}) {
    this.#options = options
  }

  /**
   * Runs a synchronous operation. Returns null if another operation of this key is running. Operations of this key that
   * start meanwhile wait until this one returns.
   */
  runNow<T>(key: string, operation: () => T | null): T | null {
    if (this.#queues.has(key)) return null
    this.#queues.set(key, null)
    try {
      return operation()
    } catch (error) {
      throw this.#explained(error)
    } finally {
      this.#next(key)
    }
  }

  /**
   * Runs an operation when its turn comes. Returns its outcome.
   *
   * @param operation called with its deadline, in ms of `performance.now()`
   * @throws QueueFullError if 10,000 operations of this key are waiting already
   * @throws BankTimeoutError if the bank did not answer the operation before it
   */
  run<T>(key: string, operation: (deadline: number) => Promise<T>, deadlines: Deadlines): Promise<T> {
    const queue = this.#queues.get(key)
    if (queue === undefined) {
      this.#queues.set(key, null)
      return this.#begin(key, operation, deadlines.begin())
    }
    if (queue && queue.waiting.length >= LONGEST) return Promise.reject(new QueueFullError(LONGEST))
    return new Promise((resolve, reject) => {
      const begin = (deadline: number) => this.#begin(key, operation, deadline).then(resolve, reject)
      this.#wait(key, { begin, reject, deadlines })
    })
  }

  #begin<T>(key: string, operation: (deadline: number) => Promise<T>, deadline: number): Promise<T> {
    return attempt(() => operation(deadline)).then(
      (value) => {
        this.#next(key)
        return value
      },
      (error) => {
        this.#nextAfter(error, key)
        throw this.#explained(error)
      },
    )
  }

  #explained(error: unknown): unknown {
    const { explain } = this.#options
    return explain ? explain(error) : error
  }

  #wait(key: string, pending: Pending): void {
    let queue = this.#queues.get(key)
    if (!queue) {
      queue = new KeyQueue()
      this.#queues.set(key, queue)
    }
    queue.waiting.push(pending)
    if (queue.isStalled) void this.#startTime(pending)
  }

  #nextAfter(error: unknown, key: string): void {
    const settled = settledAfter(error)
    if (!settled && !(error instanceof BankTimeoutError && this.#queues.get(key)?.waiting.length)) {
      this.#next(key)
      return
    }
    const queue = this.#queues.get(key) ?? new KeyQueue()
    this.#queues.set(key, queue)
    queue.isStalled = true
    const failed = Promise.all(queue.waiting.map((pending) => this.#startTime(pending)))
    // After a read without an answer, the next operation could start at once. The waiting operations fail first, so
    // that they do not ask a silent bank one after another.
    const goOn = settled ?? failed.then((): 'answered' => 'answered')
    goOn.then((how) => {
      queue.isStalled = false
      if (how === 'abandoned') this.#options.abandoned?.()
      this.#next(key)
    })
  }

  #next(key: string): void {
    const waiting = this.#queues.get(key)?.waiting
    let next = waiting?.shift()
    while (next?.isOver) next = waiting?.shift()
    if (!next) {
      this.#queues.delete(key)
      return
    }
    next.isOver = true
    next.begin(next.deadline ?? next.deadlines.begin())
  }

  /**
   * Starts the timeout of a waiting operation if the one before it has no answer. Resolves when the waiting operation
   * has failed or begun.
   */
  async #startTime(pending: Pending): Promise<void> {
    if (pending.deadline !== undefined) return
    const { begin, deadlines } = pending
    const deadline = deadlines.begin()
    pending.deadline = deadline
    const turn = new Promise<void>((resolve) => {
      pending.begin = (until) => {
        resolve()
        begin(until)
      }
    })
    try {
      await deadlines.bound(
        () => turn,
        { deadline },
        () => new BankTimeoutError(deadlines.timeout),
      )
    } catch (error) {
      if (pending.isOver) return
      pending.isOver = true
      pending.reject(error as Error)
    }
  }
}
