import { types } from 'node:util'
import type { NodeCallback } from '@sessionbank/databank-kit'
import { InvalidOptionError, UnreadableRecordError } from './errors.ts'
import type { StoreEmitter, StoreEvents } from './events.ts'
import type { StoreLog } from './log.ts'

/**
 * Calls the callbacks and listeners of the app and its framework, and reports their errors and those errors of the
 * store that no caller receives. A report goes to the `error` event if there is a listener, otherwise to the log if
 * there is one, otherwise to `process.emitWarning`. Never drops an error, and never raises an uncaught exception, which
 * would end the process.
 */
export class Reporter {
  readonly #emitter: StoreEmitter
  readonly #log: StoreLog | null
  readonly #component: string
  /** Shared by all calls, because each request makes several. */
  readonly #reportThrown = (thrown: unknown) => this.report(thrown)
  /** Messages about unreadable records that were already shown as warnings. */
  readonly #warnedOf = new Set<string>()

  /** @param component the store's name in warnings */
  constructor(emitter: StoreEmitter, log: StoreLog | null, component: string) {
    this.#emitter = emitter
    this.#log = log
    this.#component = component
  }

  /** Reports an error, or a thrown value that is not an error. Never throws. */
  report(thrown: unknown): void {
    const error = toError(thrown)
    const listeners = this.#listenersOf('error')
    // A listener or log that fails is not called again with its own error: it would fail again.
    const onFailure = (failure: unknown) => {
      this.#warn(error)
      if (failure !== thrown && failure !== error) this.#warn(toError(failure))
    }
    if (listeners.length > 0) for (const listener of listeners) guard(() => listener(error), onFailure)
    else if (this.#log) guard(() => this.#log?.error(error), onFailure)
    else this.#warn(error)
  }

  /** Emits an event. Reports errors of its listeners, because the operation that emitted the event did not fail. */
  emit<Name extends keyof StoreEvents>(name: Name, ...event: StoreEvents[Name]): void {
    for (const listener of this.#listenersOf(name)) {
      guard(() => listener(...event), this.#reportThrown)
    }
  }

  /** Returns the listeners of an event. `EventEmitter.emit` would discard the promises of async listeners. */
  #listenersOf<Name extends keyof StoreEvents>(name: Name): ((...event: StoreEvents[Name]) => unknown)[] {
    return this.#emitter.rawListeners(name).map(
      (listener) =>
        (...event) =>
          listener.apply(this.#emitter, event),
    )
  }

  /**
   * Calls the callback once with the outcome of the promise, and reports its errors. Without a callback, returns the
   * promise, marked as handled, because frameworks call some methods without a callback and ignore the promise.
   *
   * @throws InvalidOptionError if the callback is not a function
   */
  answer<T>(promise: Promise<T>, callback: NodeCallback<T> | null | undefined): Promise<T> | undefined {
    if (typeof callback === 'function') {
      promise.then(
        // Without a result, passes the error only: code that spreads its arguments (vows) would take a second argument
        // for a result.
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
    // An unreadable record causes an error at each request of its visitor: warn once.
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
        // Node prints the stack of a warning itself only with `--trace-warnings`.
        ...(error.stack && { detail: error.stack }),
      },
    )
  }
}

/** Calls a function of the app, async or not. Passes its error to `onFailure`. */
function guard(call: () => unknown, onFailure: (thrown: unknown) => void): void {
  try {
    const result = call()
    if (types.isPromise(result)) result.catch(onFailure)
  } catch (thrown) {
    onFailure(thrown)
  }
}

/** @throws InvalidOptionError if there is a callback that is not a function */
export function assertCallback(callback: unknown): void {
  if (callback == null || typeof callback === 'function') return
  throw new InvalidOptionError(`a callback must be a function, not ${typeof callback}`)
}

/** Returns the thrown value if it is an Error, otherwise a new Error with it as the cause. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown
  const kind = thrown === null ? 'null' : typeof thrown
  return new Error(typeof thrown === 'string' ? thrown : `a value that is not an Error was thrown: ${kind}`, {
    cause: thrown,
  })
}
