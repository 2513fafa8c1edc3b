import { attempt } from './attempt.ts'
import { settledAfter } from './call.ts'
import type { Deadlines } from './deadlines.ts'
import { BankTimeoutError, QueueFullError } from './errors.ts'

/** An operation that waits for those before it. */
interface Pending {
  begin(deadline: number): void
  reject(error: Error): void
  deadlines: Deadlines
  /** Set once its own time runs, although its turn has not come. */
  deadline?: number
  isOver?: boolean
}

/** The operations of one key that wait for the one at work. */
class KeyQueue {
  waiting: Pending[] = []
  /** True while the one at work has an answer for its caller, and none from the bank. */
  isStalled = false
}

export interface OperationQueueOptions {
  /** Called if an operation had no answer for ten timeouts and no longer holds up the others. */
  abandoned?(): void
  /** Returns what the caller gets for an error. Default: the error. */
  explain?(error: unknown): unknown
}

/** How many operations of one key may wait. */
const LONGEST = 10_000

/**
 * Runs the operations of one key one after another, those of different keys at once. The time of an operation begins with
 * its turn.
 *
 * A turn lasts until the bank is done with the operation, even if its caller was told that it failed: what comes later
 * must not be overtaken by it. While that lasts, the time of those who wait runs, and they fail by it unsent.
 */
export class OperationQueue {
  /** An entry for each key with an operation at work: the operations that wait for it; null if none does. */
  readonly #queues = new Map<string, KeyQueue | null>()
  readonly #options: OperationQueueOptions

  constructor(options: OperationQueueOptions = {}) {
    this.#options = options
  }

  /**
   * Runs an operation when its turn comes, and returns its outcome.
   *
   * @param operation gets its deadline, in ms of `performance.now()`
   * @throws QueueFullError if 10,000 operations of this key wait already
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
        const { explain } = this.#options
        throw explain ? explain(error) : error
      },
    )
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
    // A read without an answer does no harm later. Those who wait behind it fail all the same, so that one asks for all.
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

  /** Lets the time of an operation run that waits behind one without an answer. Resolves when it has failed or begun. */
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
