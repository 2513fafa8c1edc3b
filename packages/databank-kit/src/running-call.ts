import { Call, markSettled, type Settled, TimeIsUp } from './call.ts'
import { clearTimeout, performance, setTimeout } from './clock.ts'
import { Deadlines, LONGEST_DELAY } from './deadlines.ts'
import { BankError, BankTimeoutError, UnknownOutcomeError } from './errors.ts'
import { type CallsOptions, errorOf, type Failure } from './failure.ts'

/** Pause between two attempts after a transient failure, in ms. */
const PAUSE = 40
/** Number of timeouts without an answer after which waiting for a call is given up. */
const PATIENCE = 10

/** State that a bank's calls share. */
export class CallsState {
  readonly options: CallsOptions
  readonly deadlines: Deadlines
  isClosing = false
  underWay = 0
  whenIdle: (() => void)[] = []

  constructor(options: CallsOptions) {
    this.options = options
    this.deadlines = new Deadlines(options.timeout)
  }

  ended(): void {
    this.underWay--
    if (this.underWay === 0 && this.isClosing) for (const resolve of this.whenIdle.splice(0)) resolve()
  }

  failureOf(error: unknown): Failure | Error {
    try {
      return error instanceof BankError ? error : this.options.failureOf(error)
    } catch {
      return { outcome: 'unknown', message: `${this.options.database} failed with an error that cannot be read` }
    }
  }
}

/** The work of a call. */
export interface Task<T> {
  work(call: Call): Promise<T>
  isWrite: boolean
  finish: ((answer: T) => T) | undefined
}

/**
 * A call and its attempts, until it is answered or times out. A call is a single object, because each request makes
 * several calls.
 */
export class RunningCall<T> extends Call {
  readonly #shared: CallsState
  readonly #task: Task<T>
  #resolve: (answer: T) => void = () => {}
  #reject: (error: Error) => void = () => {}
  #began = 0
  #underWay: Promise<T> | undefined = undefined
  /** The error of the last attempt, which certainly changed nothing. */
  #refusal: Error | undefined = undefined

  constructor(shared: CallsState, task: Task<T>, deadline: number, isBackground: boolean) {
    super(deadline, shared.options.timeout, isBackground)
    this.#shared = shared
    this.#task = task
  }

  run(now: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#shared.deadlines.start(this)
      this.#attempt(now)
    })
  }

  override giveUp(): void {
    this.#fail((!this.sent && this.#refusal) || this.#endLate())
  }

  #attempt(now: number): void {
    this.#began = now
    this.#shared.underWay++
    try {
      this.#underWay = this.#task.work(this)
      this.#underWay.then(
        (answer) => this.#answered(answer),
        (error) => this.#failed(error),
      )
    } catch (error) {
      this.#failed(error)
    }
  }

  #attemptAgain(): void {
    if (this.isOver) return
    if (this.#shared.isClosing && this.#refusal) this.#fail(this.#refusal)
    else this.#attempt(performance.now())
  }

  #answered(answer: T): void {
    const { finish } = this.#task
    this.isOver = true
    this.#shared.deadlines.stop(this)
    this.#shared.ended()
    try {
      this.#resolve(finish ? finish(answer) : answer)
    } catch (error) {
      this.#reject(error as Error)
    }
  }

  #failed(error: unknown): void {
    this.#underWay = undefined
    this.#shared.ended()
    if (this.isOver) return
    if (error instanceof TimeIsUp) this.giveUp()
    else this.#failOrRepeat(this.#shared.failureOf(error))
  }

  #failOrRepeat(failure: Failure | Error): void {
    if (failure instanceof Error) {
      this.#fail(failure)
      return
    }
    const isSentWrite = this.#task.isWrite && this.sent
    this.#refusal = errorOf(failure, isSentWrite)
    // An answer that takes as long again would come after the deadline, and leave the outcome of a write unknown.
    const isLate = this.timeLeft <= PAUSE + performance.now() - this.#began
    if (!failure.isTransient || (failure.outcome === 'unknown' && isSentWrite) || isLate) {
      this.#fail(this.#refusal)
      return
    }
    this.sent = false
    const pause = setTimeout(() => this.#attemptAgain(), PAUSE)
    if (this.isBackground) pause.unref()
  }

  #fail(error: Error): void {
    this.isOver = true
    this.#shared.deadlines.stop(this)
    this.#reject(error)
  }

  /** Ends the call at its deadline. Returns the error that its caller gets. */
  #endLate(): Error {
    const { database, timeout } = this.#shared.options
    const settled = this.#underWay && this.#settled(this.#underWay)
    this.isOver = true
    this.onTimeout?.()
    if (!this.#task.isWrite || !this.sent) return new BankTimeoutError(timeout)
    const error = new UnknownOutcomeError(`no answer from ${database} within ${timeout} ms`)
    if (settled) markSettled(error, settled)
    return error
  }

  #settled(underWay: Promise<T>): Settled {
    return new Promise((resolve) => {
      const abandon = () => {
        this.abandon()
        resolve('abandoned')
      }
      const patience = setTimeout(abandon, Math.min(this.#shared.options.timeout * PATIENCE, LONGEST_DELAY))
      patience.unref()
      const answered = () => {
        clearTimeout(patience)
        resolve('answered')
      }
      underWay.then(answered, answered)
    })
  }
}
