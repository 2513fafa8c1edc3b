import { types } from 'node:util'
import type { NodeCallback } from '@sessionbank/databank-kit'
import { InvalidOptionError, UnreadableRecordError } from './errors.ts'
import type { StoreEmitter, StoreEvents } from './events.ts'
import type { StoreLog } from './log.ts'

/**
 * Calls the callbacks and the listeners of the app and its framework, and reports every error that no caller waits for:
 * theirs and the store's own. A report goes to the `error` event if there is a listener, else to the log if there is one,
 * else to `process.emitWarning`. It is never silent, and never an uncaught exception, which would end the process.
 */
export class Reporter {
  readonly #emitter: StoreEmitter
  readonly #log: StoreLog | null
  readonly #component: string
  /** One for all calls: each request makes several. */
  readonly #reportThrown = (thrown: unknown) => this.report(thrown)
  /** What was said of records that cannot be read. */
  readonly #warnedOf = new Set<string>()

  /** @param component names the store in a warning */
  constructor(emitter: StoreEmitter, log: StoreLog | null, component: string) {
    this.#emitter = emitter
    this.#log = log
    this.#component = component
  }

  /** Reports an error, or what was thrown in place of one. Never throws. */
  report(thrown: unknown): void {
    const error = toError(thrown)
    const listeners = this.#listenersOf('error')
    // A listener or a log that fails gets no second error: it would fail again.
    const onFailure = (failure: unknown) => {
      this.#warn(error)
      if (failure !== thrown && failure !== error) this.#warn(toError(failure))
    }
    if (listeners.length > 0) for (const listener of listeners) guard(() => listener(error), onFailure)
    else if (this.#log) guard(() => this.#log?.error(error), onFailure)
    else this.#warn(error)
  }

  /** Emits an event, and reports what a listener throws or rejects with: the operation behind the event has not failed. */
  emit<Name extends keyof StoreEvents>(name: Name, ...event: StoreEvents[Name]): void {
    for (const listener of this.#listenersOf(name)) {
      guard(() => listener(...event), this.#reportThrown)
    }
  }

  /** Returns an event's listeners one by one: `EventEmitter.emit` lets go of the promises of async listeners. */
  #listenersOf<Name extends keyof StoreEvents>(name: Name): ((...event: StoreEvents[Name]) => unknown)[] {
    return this.#emitter.rawListeners(name).map(
      (listener) =>
        (...event) =>
          listener.apply(this.#emitter, event),
    )
  }

  /**
   * Calls the callback with the promise's outcome, once, and reports what it throws. Returns the promise if there is no
   * callback, marked as handled: frameworks call some methods with neither a callback nor an eye on the promise.
   *
   * @throws InvalidOptionError if the callback is no function
   */
  answer<T>(promise: Promise<T>, callback: NodeCallback<T> | null | undefined): Promise<T> | undefined {
    if (typeof callback === 'function') {
      promise.then(
        // Without a result the error is the only argument: code that spreads its arguments (vows) takes a second one for a result.
        (value) => this.#call(callback, value === undefined ? [null] : [null, value]),
        (error) => this.#call(callback, [error]),
      )
      return undefined
    }
    promise.catch(() => {})
    assertCallback(callback)
    return promise
  }

  #call(callback: (...outcome: never[]) => unknown, outcome: unknown[]): void {
    guard(() => callback(...(outcome as never[])), this.#reportThrown)
  }

  #warn(error: Error): void {
    // Such a record is met again at each of its visitor's requests.
    if (error instanceof UnreadableRecordError) {
      if (this.#warnedOf.has(error.message)) return
      this.#warnedOf.add(error.message)
    }
    const { code } = error as { code?: unknown }
    process.emitWarning(
      `${this.#component}: ${error.message} (to handle such errors, listen to the store's "error" event or set its "log" option)`,
      {
        type: 'SessionbankWarning',
        ...(typeof code === 'string' && { code }),
        // Node prints a warning's own stack only if it is told to.
        ...(error.stack && { detail: error.stack }),
      },
    )
  }
}

/** Calls a function of the app, async or not, and hands over what it throws or rejects with. */
function guard(call: () => unknown, onFailure: (thrown: unknown) => void): void {
  try {
    const result = call()
    if (types.isPromise(result)) result.catch(onFailure)
  } catch (thrown) {
    onFailure(thrown)
  }
}

/** @throws InvalidOptionError if there is a callback and it is no function */
export function assertCallback(callback: unknown): void {
  if (callback == null || typeof callback === 'function') return
  throw new InvalidOptionError(`a callback is a function, not ${typeof callback}`)
}

/** Returns what was thrown if it is an Error, else an Error that has it as its cause. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown
  const kind = thrown === null ? 'null' : typeof thrown
  return new Error(typeof thrown === 'string' ? thrown : `a value that is no Error was thrown: ${kind}`, {
    cause: thrown,
  })
}
