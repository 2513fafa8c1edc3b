import { BankTimeoutError } from './errors.ts'

interface Waiting {
  until: number
  reject: (error: Error) => void
}

/** Ends operations on a bank that does not answer. One timer serves them all, and keeps no process alive. */
export class Deadlines {
  readonly #timeout: number
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #next = Number.POSITIVE_INFINITY

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** A point in time, in ms of the monotonic clock, by which an operation that begins now has to end. */
  begin(): number {
    return performance.now() + this.#timeout
  }

  hasPassed(deadline: number): boolean {
    return performance.now() >= deadline
  }

  /**
   * The promise, or a BankTimeoutError at the deadline; the operation itself goes on unheard.
   *
   * @param explain what the promise's own error is turned into
   */
  bound<T>(
    operation: Promise<T>,
    deadline: number,
    explain: (error: unknown, sid?: string) => Error,
    sid?: string,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { until: deadline, reject }
      this.#waiting.add(waiting)
      this.#arm(deadline)
      operation.then(
        (value) => {
          this.#waiting.delete(waiting)
          resolve(value)
        },
        (error) => {
          this.#waiting.delete(waiting)
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
    this.#timer.unref()
  }

  #expire(): void {
    this.#next = Number.POSITIVE_INFINITY
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const waiting of this.#waiting) {
      if (waiting.until <= now) {
        this.#waiting.delete(waiting)
        waiting.reject(new BankTimeoutError(this.#timeout))
      } else if (waiting.until < next) {
        next = waiting.until
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next)
  }
}
