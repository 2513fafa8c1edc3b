import { performance } from 'node:perf_hooks'
import { clearTimeout, setTimeout } from 'node:timers'

/**
 * One who waits, between two others of the ring. (In a Set, each outgrown table would keep those in it alive, and with
 * them all that they hold, until the next full garbage collection.)
 */
class Waiting {
  previous: Waiting = this
  next: Waiting = this
  until: number
  /** Whether it has been given more time already. */
  excused = false
  readonly reject: (error: Error) => void

  constructor(until: number, reject: (error: Error) => void) {
    this.until = until
    this.reject = reject
  }

  join(end: Waiting): void {
    this.previous = end.previous
    this.next = end
    end.previous.next = this
    end.previous = this
  }

  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
  }
}

/** A timer that fires so much too late, in ms, says that this process was too busy to hear answers either. */
const TOO_BUSY = 50

/** Settings of {@link Deadlines}. */
export interface DeadlinesOptions {
  /** Whether the process may end while an operation is under way, since no caller waits for it. Default: `false`. */
  background?: boolean
}

/**
 * Ends operations on a bank that does not answer. One timer serves them all. It keeps the process alive while an operation
 * is under way, so that its caller gets the error; the deadlines of a background task do not.
 *
 * Timers and clock are imported, so the fake ones that a test installs do not stop them.
 */
export class Deadlines {
  /** How long an operation may take, in ms. */
  readonly timeout: number
  readonly #timedOut: () => Error
  readonly #background: boolean
  /** Where the ring of those who wait begins and ends. */
  readonly #end = new Waiting(Number.POSITIVE_INFINITY, () => {})
  #timer: NodeJS.Timeout | undefined
  #next = Number.POSITIVE_INFINITY
  /** Whether the timer keeps the process alive. Not asked of the timer, as this is looked at for each operation. */
  #holds = false

  /** @param timedOut what an operation rejects with whose time is up */
  constructor(timeout: number, timedOut: () => Error, { background = false }: DeadlinesOptions = {}) {
    this.timeout = timeout
    this.#timedOut = timedOut
    this.#background = background
  }

  /** A point in time, in ms of the monotonic clock, by which an operation that begins now has to end. */
  begin(): number {
    return performance.now() + this.timeout
  }

  hasPassed(deadline: number): boolean {
    return performance.now() >= deadline
  }

  /**
   * The operation's outcome, or at the deadline the error of one whose time is up; then the operation itself goes on
   * unheard. Behind the deadline it is not begun at all.
   *
   * @param explain what the operation's own error is turned into
   */
  bound<T>(
    operation: () => Promise<T>,
    deadline: number,
    explain: (error: unknown, sid?: string) => Error,
    sid?: string,
  ): Promise<T> {
    if (this.hasPassed(deadline)) return Promise.reject(this.#timedOut())
    let outcome: Promise<T>
    try {
      outcome = operation()
    } catch (error) {
      return Promise.reject(explain(error, sid))
    }
    return new Promise((resolve, reject) => {
      const waiting = new Waiting(deadline, reject)
      waiting.join(this.#end)
      this.#hold()
      this.#arm(deadline)
      outcome.then(
        (value) => {
          waiting.leave()
          this.#letGo()
          resolve(value)
        },
        (error) => {
          waiting.leave()
          this.#letGo()
          reject(explain(error, sid))
        },
      )
    })
  }

  #arm(deadline: number): void {
    if (deadline >= this.#next) return
    clearTimeout(this.#timer)
    this.#next = deadline
    this.#timer = setTimeout(() => this.#expire(), Math.max(deadline - performance.now(), 0))
    if (!this.#holds) this.#timer.unref()
  }

  /** Keeps the process alive from now on. */
  #hold(): void {
    if (this.#holds || this.#background) return
    this.#holds = true
    this.#timer?.ref()
  }

  /** Lets the process end if nothing is under way. */
  #letGo(): void {
    if (!this.#holds || this.#end.next !== this.#end) return
    this.#holds = false
    this.#timer?.unref()
  }

  #expire(): void {
    const now = performance.now()
    const late = now - this.#next
    this.#timer = undefined
    this.#next = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (let waiting = this.#end.next, following = waiting.next; waiting !== this.#end; waiting = following) {
      following = waiting.next
      // What this process was too busy to hear is not the bank's fault: it is listened for as long again, once.
      if (waiting.until <= now && late > TOO_BUSY && !waiting.excused) {
        waiting.excused = true
        waiting.until = now + late
      }
      if (waiting.until <= now) {
        waiting.leave()
        waiting.reject(this.#timedOut())
      } else if (waiting.until < next) {
        next = waiting.until
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next)
    this.#letGo()
  }
}
