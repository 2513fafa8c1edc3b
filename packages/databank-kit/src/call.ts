import { performance } from './clock.ts'
import { Waiting } from './deadlines.ts'

/** By when a call has to end, and whether a caller waits for it. */
export interface CallOptions {
  /** By when the call has to end, in ms of `performance.now()`. Default: `timeout` from now, which is also the latest. */
  deadline?: number | undefined
  /** True for work that no caller waits for: it keeps no process alive. Default: false. */
  isBackground?: boolean | undefined
}

/** A call to a database that is under way. */
export class Call extends Waiting {
  /** By when the call has to end, in ms of `performance.now()`. It moves while a call of many steps goes on. */
  deadline: number
  /** True for work that no caller waits for: it keeps no process alive. */
  readonly isBackground: boolean
  /** True if a write may have reached the database. A driver sets it before it sends one. */
  sent = false
  /** True once the caller has an answer: a call of several steps then takes no further one. */
  isOver = false
  /** Called when the caller has been told that the time is up, while the database may still be at work. */
  onTimeout: (() => void) | undefined = undefined
  #abandoned: (() => void)[] | undefined = undefined
  readonly #timeout: number

  constructor(deadline: number, timeout: number, isBackground: boolean) {
    super()
    this.deadline = deadline
    this.#timeout = timeout
    this.isBackground = isBackground
  }

  /** What is left until the deadline, in ms; at least 1. */
  get timeLeft(): number {
    return Math.max(1, this.deadline - performance.now())
  }

  /** Calls back if the database has not answered for ten timeouts, and is no longer waited for. */
  whenAbandoned(callback: () => void): void {
    if (this.#abandoned) this.#abandoned.push(callback)
    else this.#abandoned = [callback]
  }

  /** Calls those back who wait for the database, which is no longer waited for. */
  abandon(): void {
    for (const callback of this.#abandoned ?? []) callback()
  }

  /** Returns the error with which a step that comes too late fails. */
  timedOut(): Error {
    return new TimeIsUp()
  }

  /** False if the caller has an answer already, or is about to be told that the time is up. */
  get isInTime(): boolean {
    return !this.isOver && performance.now() < this.deadline
  }

  /** Called at the deadline. */
  giveUp(): void {}

  /** Throws if the caller has an answer already: a further step would come too late. */
  assertInTime(): void {
    if (!this.isInTime) throw this.timedOut()
  }

  /** Gives a call of many steps the time of a call for its next one. */
  progress(): void {
    this.deadline = performance.now() + this.#timeout
  }
}

/** The time of a call is up. */
export class TimeIsUp extends Error {}

/** Says whether the database answered at last, or was no longer waited for. */
export type Settled = Promise<'answered' | 'abandoned'>

/** On the error of a write: when the database was done with it after its caller had been told that it failed. */
const SETTLED = Symbol.for('sessionbank.settled')

/**
 * Returns when the database is done with a write whose caller was told that it failed; undefined if it is done already. A
 * later write on the same record has to wait for that, or the earlier one may undo it.
 */
export function settledAfter(error: unknown): Settled | undefined {
  return typeof error === 'object' && error !== null ? (error as { [SETTLED]?: () => Settled })[SETTLED]?.() : undefined
}

/** Says of an error when the database will be done with the write that failed with it. */
export function markSettled(error: Error, settled: Settled): void {
  // Behind a function: an inspection of a promise shows what the app keeps in its AsyncLocalStorage.
  Object.defineProperty(error, SETTLED, { value: () => settled })
}
