import { performance } from 'node:perf_hooks'
// Taken at load, so that the fake timers of a test runner do not stop them.
import { clearTimeout, setTimeout } from 'node:timers'

/**
 * A call that waits for its answer: an entry of a linked list. (In a Set, each outgrown table would keep its entries alive,
 * and with them all that they hold, until the next full garbage collection.)
 */
export class Waiting {
  previous: Waiting = this
  next: Waiting = this
  /** What it is given beyond its deadline, in ms. */
  grace = 0
  readonly call: BoundCall
  readonly giveUp: () => void

  constructor(call: BoundCall, giveUp: () => void) {
    this.call = call
    this.giveUp = giveUp
  }

  get until(): number {
    return this.call.deadline + this.grace
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

/** What ends at a deadline. */
export interface BoundCall {
  /** By when it has to end, in ms of `performance.now()`; may be moved while it runs. */
  deadline: number
  /** True for work that no caller waits for: it does not keep the process alive. Default: false. */
  isBackground?: boolean | undefined
}

/** The longest delay of a timer, in ms: one beyond it would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1

/** A timer that fires so much too late, in ms, tells that the event loop was blocked. */
const BLOCKED = 50

/** Ends operations at their deadlines. One timer serves all of them. */
export class Deadlines {
  /** How long an operation may take, in ms. */
  readonly timeout: number
  /** Where the list of waiting calls begins and ends. */
  readonly #end = new Waiting({ deadline: Number.POSITIVE_INFINITY }, () => {})
  #timer: NodeJS.Timeout | undefined
  #next = Number.POSITIVE_INFINITY
  /** Calls that a caller waits for: while there are any, the timer keeps the process alive. */
  #foreground = 0

  constructor(timeout: number) {
    this.timeout = timeout
  }

  /** Returns the deadline of an operation that begins now, in ms of `performance.now()`. */
  begin(): number {
    return performance.now() + this.timeout
  }

  /**
   * Returns the outcome of an operation, or rejects at the deadline; the operation then goes on unheard. Behind the
   * deadline it is not begun.
   *
   * @param timedOut returns the error of an operation that did not end in time
   */
  bound<T>(operation: () => Promise<T>, call: BoundCall, timedOut: () => Error): Promise<T> {
    if (performance.now() >= call.deadline) return Promise.reject(timedOut())
    return new Promise((resolve, reject) => {
      const waiting = this.start(call, () => reject(timedOut()))
      const stop = () => this.stop(waiting)
      new Promise<T>((begin) => begin(operation())).then(resolve, reject).then(stop)
    })
  }

  /** Calls `giveUp` at the call's deadline, unless it is stopped before. */
  start(call: BoundCall, giveUp: () => void): Waiting {
    const waiting = new Waiting(call, giveUp)
    waiting.join(this.#end)
    if (!call.isBackground && this.#foreground++ === 0) this.#timer?.ref()
    this.#arm(call.deadline)
    return waiting
  }

  stop(waiting: Waiting): void {
    if (waiting.next === waiting) return
    waiting.leave()
    if (!waiting.call.isBackground && --this.#foreground === 0) this.#timer?.unref()
  }

  #arm(deadline: number): void {
    if (deadline >= this.#next) return
    clearTimeout(this.#timer)
    this.#next = deadline
    this.#timer = setTimeout(() => this.#expire(), Math.max(deadline - performance.now(), 0))
    if (this.#foreground === 0) this.#timer.unref()
  }

  #expire(): void {
    const now = performance.now()
    const late = now - this.#next
    this.#next = Number.POSITIVE_INFINITY
    this.#timer = undefined
    let next = Number.POSITIVE_INFINITY
    for (let waiting = this.#end.next, following = waiting.next; waiting !== this.#end; waiting = following) {
      following = waiting.next
      // While the event loop was blocked no answer could be heard: extend once by that delay.
      const { until } = waiting
      if (until <= now && late > BLOCKED && waiting.grace === 0) waiting.grace = now + late - until
      if (waiting.until <= now) {
        this.stop(waiting)
        waiting.giveUp()
      } else if (waiting.until < next) {
        next = waiting.until
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next)
  }
}
