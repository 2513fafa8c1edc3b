import { performance } from './clock.ts'
import { Waiting } from './deadlines.ts'

/** When a call has to end, and whether a caller waits for it. */
export interface CallOptions {
  /** Deadline, in ms of `performance.now()`. At most `timeout` from now, which is also the default. */
  deadline?: number | undefined
  /** True for work that no caller waits for, so that it does not keep the process alive. Default: false. */
  isBackground?: boolean | undefined
}

/** A running call to a database. */
export class Call extends Waiting {
  /** Deadline, in ms of `performance.now()`. In a call of several steps, each step extends it. */
  deadline: number
  /** True for work that no caller waits for, so that it does not keep the process alive. */
  readonly isBackground: boolean
  /** True if a write may have reached the database. A driver sets it before it sends the write. */
  sent = false
  /** True when the caller has an answer. A call of several steps must then stop. */
  isOver = false
  /** Called when the call has timed out for its caller, while the database may still be working. */
  onTimeout: (() => void) | undefined = undefined
  #abandoned: (() => void)[] | undefined = undefined
  readonly #timeout: number

  constructor(deadline: number, timeout: number, isBackground: boolean) {
    super()
    this.deadline = deadline
    this.#timeout = timeout
    this.isBackground = isBackground
  }

  /** Time until the deadline, in ms; at least 1. */
  get timeLeft(): number {
    return Math.max(1, this.deadline - performance.now())
  }

  /** Calls the callback if the database has not answered for ten timeouts, so that waiting ends. */
  whenAbandoned(callback: () => void): void {
    if (this.#abandoned) this.#abandoned.push(callback)
    else this.#abandoned = [callback]
  }

  /** Calls the callbacks of `whenAbandoned`. */
  abandon(): void {
    for (const callback of this.#abandoned ?? []) callback()
  }

  /** Returns the error for a step that comes too late. */
  timedOut(): Error {
    return new TimeIsUp()
  }

  /** False if the caller has an answer already, or if the deadline has passed. */
  get isInTime(): boolean {
    return !this.isOver && performance.now() < this.deadline
  }

  /** Called at the deadline. */
  giveUp(): void {}

  /** Throws if the caller has an answer already, so that no further step may begin. */
  assertInTime(): void {
    if (!this.isInTime) throw this.timedOut()
  }

  /** Extends the deadline for the next step of a call of several steps. */
  progress(): void {
    this.deadline = performance.now() + this.#timeout
  }
}

/** A call's deadline has passed. */
export class TimeIsUp extends Error {}

/** Resolves when the database has answered, or when waiting for it was given up. */
export type Settled = Promise<'answered' | 'abandoned'>

/** Key on the error of a failed write. Its value tells when the database was done with that write. */
const SETTLED = Symbol.for('sessionbank.settled')

/**
 * Returns a promise that settles when the database is done with a write that had already failed for its caller;
 * undefined if it is done. A later write of the same record must wait for that, because the earlier one may overwrite
 * it.
 */
export function settledAfter(error: unknown): Settled | undefined {
  return typeof error === 'object' && error !== null ? (error as { [SETTLED]?: () => Settled })[SETTLED]?.() : undefined
}

/** Attaches a promise to the error of a failed write; see {@link settledAfter}. */
export function markSettled(error: Error, settled: Settled): void {
  // Within a function, because inspecting a promise shows the contents of the app's AsyncLocalStorage.
  Object.defineProperty(error, SETTLED, { value: () => settled })
}
