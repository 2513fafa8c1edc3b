import { clearTimeout, performance, setTimeout, type Timer } from './clock.ts'

/** What ends at a deadline. */
export interface BoundCall {
  /** By when it has to end, in ms of `performance.now()`; may be moved while it runs. */
  deadline: number
  /** True for work that no caller waits for: it does not keep the process alive. Default: false. */
  isBackground?: boolean | undefined
}

/**
 * Something that waits for its answer: an entry of a linked list. (In a Set, each outgrown table would keep its entries
 * alive, and with them all that they hold, until the next full garbage collection.)
 */
export abstract class Waiting implements BoundCall {
  /** The entry before this one in the list; itself if it is in none. */
  previous: Waiting = this
  /** The entry after this one in the list; itself if it is in none. */
  next: Waiting = this
  /** What it is given beyond its deadline, in ms. */
  grace = 0
  /** By when it has to end, in ms of `performance.now()`. */
  abstract readonly deadline: number
  /** True for work that no caller waits for: it does not keep the process alive. */
  abstract readonly isBackground: boolean

  /** Called at the deadline. */
  abstract giveUp(): void

  /** Adds this entry to the end of a list. */
  join(end: Waiting): void {
    this.previous = end.previous
    this.next = end
    end.previous.next = this
    end.previous = this
  }

  /** Takes this entry out of its list. */
  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this
    this.next = this
  }
}

/** Where the list of what waits begins and ends. */
class End extends Waiting {
  readonly deadline = Number.POSITIVE_INFINITY
  readonly isBackground = true
  giveUp(): void {}
}

/** An operation whose caller is told at the deadline that it failed. */
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

/** The longest delay of a timer, in ms: one beyond it would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1

/** A timer that fires so much too late, in ms, tells that the event loop was blocked. */
const BLOCKED = 50

/** An operation is extended by its timeout at most, or by this if that is longer, in ms. */
const SHORTEST_GRACE = 1_000

/** Ends operations at their deadlines. One timer serves all of them. */
export class Deadlines {
  /** How long an operation may take, in ms. */
  readonly timeout: number
  readonly #end = new End()
  #timer: Timer | undefined
  #next = Number.POSITIVE_INFINITY
  /** Those that a caller waits for: while there are any, the timer keeps the process alive. */
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
      const waiting = new BoundOperation(call, () => reject(timedOut()))
      this.start(waiting)
      const stop = () => this.stop(waiting)
      void new Promise<T>((begin) => begin(operation())).then(resolve, reject).then(stop)
    })
  }

  /** Lets something give up at its deadline, unless it is stopped before. */
  start(waiting: Waiting): void {
    waiting.join(this.#end)
    if (!waiting.isBackground && this.#foreground++ === 0) this.#timer?.ref()
    if (waiting.deadline < this.#next) this.#arm(waiting.deadline)
  }

  /** Takes something out of the list of what waits. */
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
      // While the event loop was blocked no answer could be heard: extend once by that delay. If the process was frozen for
      // long, its connections may be dead, and no answer comes at all.
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
