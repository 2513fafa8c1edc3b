import { nextTick } from './clock.ts'

/** A Node-style callback of one optional result. */
export type NodeCallback<T> = (error: Error | null, value: T) => void

/**
 * Calls a callback exactly once with the outcome of a promise, on a fresh tick and outside the promise chain: an error
 * that the callback throws becomes an uncaught exception, as with any callback, and not a rejection.
 *
 * @param explain returns the error that the callback gets. Default: the promise's own error
 */
export function settle<T>(
  promise: Promise<T>,
  callback: NodeCallback<T> | undefined | null,
  explain: (error: unknown) => unknown = asItIs,
): void {
  const answer: NodeCallback<T> = callback ?? ignore
  promise.then(
    // Without a result, passes the error only: code that spreads its arguments (vows) would take a second argument for
    // a result.
    (value) => (value === undefined ? nextTick(answer, null) : nextTick(answer, null, value)),
    (error) => nextTick(answer, explain(error)),
  )
}

/**
 * Calls a callback with the outcome of a promise, or returns the promise if there is no callback. The promise is marked
 * as handled, so that its error can be ignored, as in databank without a callback. An `await` still gets the error.
 */
export function settleOrReturn<T>(
  promise: Promise<T>,
  callback: NodeCallback<T> | undefined | null,
): Promise<T> | undefined {
  if (callback) {
    settle(promise, callback)
    return undefined
  }
  promise.catch(ignore)
  return promise
}

function ignore(): void {}

function asItIs(error: unknown): unknown {
  return error
}
