import { performance } from 'node:perf_hooks'
import { clearTimeout, setTimeout } from 'node:timers'
import { NotConnectedError } from './databank.ts'
import { type BoundCall, Deadlines, LONGEST_DELAY } from './deadlines.ts'
import { BankError, BankTimeoutError, OperationError, UnknownOutcomeError } from './errors.ts'

/** How a call failed, in words that hold no id, no content and no password. */
export interface Failure {
  /** `refused`: the database did nothing. `unsent`: it never got the call. `unknown`: it may have done it. */
  outcome: 'refused' | 'unsent' | 'unknown'
  /** What failed, why, and what to do. */
  message: string
  /** True if the same call may succeed soon: it is sent again until the deadline, unless it is a write that may be done. */
  isTransient?: boolean
  /** Only an error that holds no value. */
  cause?: Error | undefined
}

export interface CallsOptions {
  /** The database, as messages name it: `"PostgreSQL"`. */
  database: string
  /** How long a call may take, in ms. */
  timeout: number
  /** Says how a call failed that ended with this error; or returns what its caller gets. */
  failureOf(error: unknown): Failure | Error
}

export interface CallOptions {
  /** By when the call has to end, in ms of `performance.now()`. Default: `timeout` from now, which is also the latest. */
  deadline?: number | undefined
  /** True for work that no caller waits for: it keeps no process alive. Default: false. */
  isBackground?: boolean | undefined
}

/** A call to a database that is under way. */
export class Call implements BoundCall {
  deadline: number
  readonly isBackground: boolean
  /** True if a write may have reached the database. A driver sets it before it sends one. */
  sent = false
  /** True once the caller has an answer: a call of several steps then takes no further one. */
  isOver = false
  #abandoned: (() => void)[] | undefined
  /** Called when the caller has been told that the time is up, while the database may still be at work. */
  onTimeout: (() => void) | undefined
  readonly #timeout: number

  constructor(deadline: number, timeout: number, isBackground: boolean) {
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
class TimeIsUp extends Error {}

/** Between two tries of a call that failed for now, in ms. */
const PAUSE = 40

/** When the database was done with a write after its caller had been told that it failed. */
const SETTLED = Symbol.for('sessionbank.settled')
/** After so many timeouts without an answer, a call is no longer waited for. */
const PATIENCE = 10

/** Says whether the database answered at last, or was no longer waited for. */
export type Settled = Promise<'answered' | 'abandoned'>

/**
 * Returns when the database is done with a write whose caller was told that it failed; undefined if it is done already. A
 * later write on the same record has to wait for that, or the earlier one may undo it.
 */
export function settledAfter(error: unknown): Settled | undefined {
  return typeof error === 'object' && error !== null ? (error as { [SETTLED]?: Settled })[SETTLED] : undefined
}

/** Runs the calls of a bank, each within its deadline, and tells whether a failed one may have been done. */
export class Calls {
  readonly #options: CallsOptions
  readonly #deadlines: Deadlines
  #running = 0
  #isClosing = false
  #whenIdle: (() => void)[] = []

  constructor(options: CallsOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.timeout)
  }

  get timeout(): number {
    return this.#options.timeout
  }

  /** True once the bank is being closed: a call of many steps then stops. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /**
   * Runs a call that changes nothing: it may be sent again.
   *
   * @param finish turns the answer into what the caller gets
   */
  read<T>(work: (call: Call) => Promise<T>, options?: CallOptions, finish?: (answer: T) => T): Promise<T> {
    return this.#run(work, false, options, finish)
  }

  /** Runs a call that changes something: it is sent again only if it was certainly not done. */
  write<T>(work: (call: Call) => Promise<T>, options?: CallOptions): Promise<T> {
    return this.#run(work, true, options)
  }

  /** Runs a call that changes nothing and does not wait. */
  immediate<T>(work: () => T): Promise<T> {
    try {
      this.#assertOpen()
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(this.#explained(error))
    }
  }

  /** Refuses further calls, and resolves once none is under way, or after the time of a call; null if none is. */
  close(): Promise<void> | null {
    this.#isClosing = true
    if (this.#running === 0) return null
    return new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, this.timeout)
      this.#whenIdle.push(() => {
        clearTimeout(patience)
        resolve()
      })
    })
  }

  #run<T>(
    work: (call: Call) => Promise<T>,
    isWrite: boolean,
    options?: CallOptions,
    finish?: (answer: T) => T,
  ): Promise<T> {
    if (this.#isClosing) return Promise.reject(new NotConnectedError())
    const now = performance.now()
    const deadline = Math.min(options?.deadline ?? Number.POSITIVE_INFINITY, now + this.timeout)
    if (deadline <= now) return Promise.reject(new BankTimeoutError(this.timeout))
    const call = new Call(deadline, this.timeout, options?.isBackground ?? false)
    return new Promise((resolve, reject) => {
      let underWay: Promise<T> | undefined
      let began = now
      /** Why the last attempt failed, which was certainly not done. */
      let refusal: Error | undefined
      const fail = (error: Error) => {
        call.isOver = true
        this.#deadlines.stop(waiting)
        reject(error)
      }
      const late = () => fail((!call.sent && refusal) || this.#timedOut(call, isWrite, underWay))
      const waiting = this.#deadlines.start(call, late)
      const done = (value: T) => {
        call.isOver = true
        this.#deadlines.stop(waiting)
        this.#left()
        resolve(finish ? finish(value) : value)
      }
      const failed = (error: unknown) => {
        underWay = undefined
        this.#left()
        if (call.isOver) return
        if (error instanceof TimeIsUp) return late()
        const failure = this.#failureOf(error)
        if (failure instanceof Error) return fail(failure)
        const isSentWrite = isWrite && call.sent
        refusal = errorOf(failure, isSentWrite)
        // An answer that takes as long again would come too late, and leave the outcome of a write unknown.
        const isLate = call.timeLeft <= PAUSE + performance.now() - began
        if (!failure.isTransient || (failure.outcome === 'unknown' && isSentWrite) || isLate) return fail(refusal)
        call.sent = false
        setTimeout(attempt, PAUSE)
      }
      const attempt = () => {
        if (call.isOver) return
        if (this.#isClosing && refusal) return fail(refusal)
        began = performance.now()
        this.#running++
        try {
          underWay = work(call)
          underWay.then(done, failed)
        } catch (error) {
          failed(error)
        }
      }
      attempt()
    })
  }

  #left(): void {
    this.#running--
    if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #settled(call: Call, underWay: Promise<unknown>): Settled {
    return new Promise((resolve) => {
      const abandon = () => {
        call.abandon()
        resolve('abandoned')
      }
      const patience = setTimeout(abandon, Math.min(this.timeout * PATIENCE, LONGEST_DELAY))
      patience.unref()
      const answered = () => {
        clearTimeout(patience)
        resolve('answered')
      }
      underWay.then(answered, answered)
    })
  }

  #assertOpen(): void {
    if (this.#isClosing) throw new NotConnectedError()
  }

  #failureOf(error: unknown): Failure | Error {
    return error instanceof BankError ? error : this.#options.failureOf(error)
  }

  #explained(error: unknown): Error {
    const failure = this.#failureOf(error)
    return failure instanceof Error ? failure : errorOf(failure, false)
  }

  #timedOut(call: Call, isWrite: boolean, underWay: Promise<unknown> | undefined): Error {
    const { database, timeout } = this.#options
    const settled = underWay && this.#settled(call, underWay)
    call.isOver = true
    call.onTimeout?.()
    if (!isWrite || !call.sent) return new BankTimeoutError(timeout)
    const error = new UnknownOutcomeError(`no answer from ${database} within ${timeout} ms`)
    if (settled) Object.defineProperty(error, SETTLED, { value: settled })
    return error
  }
}

function errorOf({ outcome, message, cause }: Failure, isSentWrite: boolean): Error {
  const isUnknown = outcome === 'unknown' && isSentWrite
  return isUnknown ? new UnknownOutcomeError(message, cause) : new OperationError(message, cause)
}
