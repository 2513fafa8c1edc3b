import { settledAfter } from './calls.ts'
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

/** The operations of one key. */
class Line {
  waiting: Pending[] = []
  /** True while the one at its head has an answer for its caller, and none from the bank. */
  isStalled = false
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
  readonly #lines = new Map<string, Line>()
  readonly #abandoned: () => void

  /** @param abandoned called if an operation had no answer for ten timeouts and no longer holds up the others */
  constructor(abandoned: () => void = () => {}) {
    this.#abandoned = abandoned
  }

  /**
   * Runs an operation when its turn comes, and returns its outcome.
   *
   * @param operation gets its deadline, in ms of `performance.now()`
   * @throws QueueFullError if 10,000 operations of this key wait already
   * @throws BankTimeoutError if the bank did not answer the operation before it
   */
  run<T>(key: string, operation: (deadline: number) => Promise<T>, deadlines: Deadlines): Promise<T> {
    let line = this.#lines.get(key)
    if (!line) {
      line = new Line()
      this.#lines.set(key, line)
      return this.#begin(key, line, operation, deadlines.begin())
    }
    if (line.waiting.length >= LONGEST) return Promise.reject(new QueueFullError(LONGEST))
    const own = line
    return new Promise((resolve, reject) => {
      const begin = (deadline: number) => this.#begin(key, own, operation, deadline).then(resolve, reject)
      const pending = { begin, reject, deadlines }
      own.waiting.push(pending)
      if (own.isStalled) this.#startTime(pending)
    })
  }

  #begin<T>(key: string, line: Line, operation: (deadline: number) => Promise<T>, deadline: number): Promise<T> {
    const outcome = operation(deadline)
    outcome.then(
      () => this.#next(key, line),
      (error) => this.#nextAfter(error, key, line),
    )
    return outcome
  }

  #nextAfter(error: unknown, key: string, line: Line): void {
    const settled = settledAfter(error)
    if (!settled && !(error instanceof BankTimeoutError && line.waiting.length > 0)) {
      this.#next(key, line)
      return
    }
    line.isStalled = true
    const failed = Promise.all(line.waiting.map((pending) => this.#startTime(pending)))
    // A read without an answer does no harm later. Those who wait behind it fail all the same, so that one asks for all.
    const goOn = settled ?? failed.then((): 'answered' => 'answered')
    goOn.then((how) => {
      line.isStalled = false
      if (how === 'abandoned') this.#abandoned()
      this.#next(key, line)
    })
  }

  #next(key: string, line: Line): void {
    let next = line.waiting.shift()
    while (next?.isOver) next = line.waiting.shift()
    if (!next) {
      this.#lines.delete(key)
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
