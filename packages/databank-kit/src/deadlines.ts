import { clearTimeout, performance, setTimeout, type Timer } from './clock.ts'

/** A call or operation with a deadline. */
export interface BoundCall {
  /** Deadline, in ms of `performance.now()`. May change while the call runs. */
  deadline: number
  /** True for work that no caller waits for, so that it does not keep the process alive. Default: false. */
  isBackground?: boolean | undefined
}

/**
 * A call that waits for its answer: an entry of a linked list. (A Set would keep removed entries, and the objects that
 * they refer to, alive in its outgrown tables until the next full garbage collection.)
 */
export abstract class Waiting implements BoundCall {
  /** The previous entry of the list; the entry itself if it is in no list. */
  previous: Waiting = this
  /** The next entry of the list; the entry itself if it is in no list. */
  next: Waiting = this
  /** Extension of the deadline, in ms. */
  grace = 0
  /** Deadline, in ms of `performance.now()`. */
  abstract readonly deadline: number
  /** True for work that no caller waits for, so that it does not keep the process alive. */
  abstract readonly isBackground: boolean

  /** Called at the deadline. */
  abstract giveUp(): void

  /** Appends this entry to the list that ends with `end`. */
  join(end: Waiting): void {
    this.previous = end.previous
    this.next = end
    end.previous.next = this
    end.previous = this
  }

  /** Removes this entry from its list. */
  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
  }
}

/** Start and end of the list. */
class End extends Waiting {
  readonly deadline = Number.POSITIVE_INFINITY
  readonly isBackground = true
  giveUp(): void {}
}

/** An operation that fails for its caller at the deadline. */
class BoundOperation extends Waiting {
  readonly #bound: BoundCall
  readonly giveUp: () => void

  constructor(bound: BoundCall, giveUp: () => void) {
    super()
    this.#bound = bound
    this.giveUp = giveUp
  }

  get deadline(): number {
    return this.#bound.deadline
  }

  get isBackground(): boolean {
    return this.#bound.isBackground ?? false
  }
}

/** The longest delay of a timer, in ms: a longer one would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1

/** A timer that fires later than this, in ms, means that the event loop was blocked. */
const BLOCKED = 50

/** Maximum extension of a deadline if `timeout` is shorter than this, in ms. */
const SHORTEST_GRACE = 1_000

/** Ends operations at their deadlines. One timer serves all of them. */
export class Deadlines {
  /** How long an operation may take, in ms. */
  readonly timeout: number
  readonly #end = new End()
  #timer: Timer | undefined
  #next = Number.POSITIVE_INFINITY
  /** Number of entries that a caller waits for. While there are any, the timer keeps the process alive. */
  #foreground = 0

  constructor(timeout: number) {
    this.timeout = timeout
  }

  /** Returns the deadline of an operation that begins now, in ms of `performance.now()`. */
  begin(): number {
    return performance.now() + this.timeout
  }

  /**
   * Returns the outcome of an operation. Rejects at the deadline, and ignores a later outcome. Does not begin the
   * operation if the deadline has passed.
   *
   * @param timedOut returns the error for an operation that did not end in time
   */
  bound<T>(operation: () => Promise<T>, call: BoundCall, timedOut: () => Error): Promise<T> {
    if (performance.now() >= call.deadline) return Promise.reject(timedOut())
    return new Promise((resolve, reject) => {
      const waiting = new BoundOperation(call, () => reject(timedOut()))
      this.start(waiting)
      const stop = () => this.stop(waiting)
      void new Promise<T>((begin) => begin(operation())).then(resolve, reject).then(stop)
    })
  }

  /** Calls `giveUp` at the deadline, unless `stop` is called first. */
  start(waiting: Waiting): void {
    waiting.join(this.#end)
    if (!waiting.isBackground && this.#foreground++ === 0) this.#timer?.ref()
    if (waiting.deadline < this.#next) this.#arm(waiting.deadline)
  }

  /** Stops waiting for the deadline. */
  stop(waiting: Waiting): void {
    if (waiting.next === waiting) return
    waiting.leave()
    if (!waiting.isBackground && --this.#foreground === 0) this.#timer?.unref()
  }

  #arm(deadline: number): void {
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
    const longest = Math.max(this.timeout, SHORTEST_GRACE)
    let next = Number.POSITIVE_INFINITY
    for (let waiting = this.#end.next, following = waiting.next; waiting !== this.#end; waiting = following) {
      following = waiting.next
      // While the event loop was blocked, no answer could be received: extend once by that delay. If the process was
      // suspended for long, its connections may be dead, so that no answer will come.
      const until = waiting.deadline + waiting.grace
      if (until <= now && late > BLOCKED && waiting.grace === 0) waiting.grace = now + Math.min(late, longest) - until
      if (waiting.deadline + waiting.grace <= now) {
        this.stop(waiting)
        waiting.giveUp()
      } else {
        next = Math.min(next, waiting.deadline + waiting.grace)
      }
    }
    if (next < this.#next) this.#arm(next)
  }
}
