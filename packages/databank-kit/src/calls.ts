import type { Call, CallOptions } from './call.ts'
import { clearTimeout, performance, setTimeout } from './clock.ts'
import { NotConnectedError } from './databank.ts'
import { BankTimeoutError } from './errors.ts'
import { type CallsOptions, errorOf } from './failure.ts'
import { CallsState, RunningCall, type Task } from './running-call.ts'

/** Runs the calls of a bank within their deadlines. For a failed write, tells whether it may have been done. */
export class Calls {
  /** How long a call may take, in ms. */
  readonly timeout: number
  readonly #shared: CallsState

  constructor(options: CallsOptions) {
    this.timeout = options.timeout
    this.#shared = new CallsState(options)
  }

  /** True when the bank is being closed: a call of several steps then stops. */
  get isClosing(): boolean {
    return this.#shared.isClosing
  }

  /**
   * Runs a call that changes nothing, so that it may be sent again.
   *
   * @param finish converts the answer for the caller
   */
  read<T>(work: (call: Call) => Promise<T>, options?: CallOptions, finish?: (answer: T) => T): Promise<T> {
    return this.#run({ work, isWrite: false, finish }, options)
  }

  /** Runs a call that changes data. It is sent again only if it was certainly not done. */
  write<T>(work: (call: Call) => Promise<T>, options?: CallOptions): Promise<T> {
    return this.#run({ work, isWrite: true, finish: undefined }, options)
  }

  /** Runs a call without a deadline, for work that needs no answer from another process. */
  immediate<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return Promise.resolve(this.now(work))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Same as `immediate`, but returns or throws synchronously. */
  now<T>(work: () => T): T {
    if (this.isClosing) throw new NotConnectedError()
    try {
      return work()
    } catch (error) {
      const failure = this.#shared.failureOf(error)
      throw failure instanceof Error ? failure : errorOf(failure, false)
    }
  }

  /**
   * Refuses further calls. Returns null if no call is running. Otherwise returns a promise that resolves when none is
   * running or `timeout` has passed.
   */
  close(): Promise<void> | null {
    const shared = this.#shared
    shared.isClosing = true
    if (shared.underWay === 0) return null
    return new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, this.timeout)
      shared.whenIdle.push(() => {
        clearTimeout(patience)
        resolve()
      })
    })
  }

  #run<T>(task: Task<T>, options: CallOptions | undefined): Promise<T> {
    const { timeout } = this
    if (this.isClosing) return Promise.reject(new NotConnectedError())
    const now = performance.now()
    const deadline = Math.min(options?.deadline ?? Number.POSITIVE_INFINITY, now + timeout)
    if (deadline <= now) return Promise.reject(new BankTimeoutError(timeout))
    const call = new RunningCall(this.#shared, task, deadline, options?.isBackground ?? false)
    return call.run(now)
  }
}
