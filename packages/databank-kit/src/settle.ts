import { nextTick } from './clock.ts'

/** A Node-style callback of one optional result. */
export type NodeCallback<T> = (error: Error | null, value: T) => void

/**
 * Answers a callback from a promise, exactly once, on a fresh tick and outside the promise chain: what the callback
 * throws is an uncaught exception of its owner's, not a rejection of ours.
 *
 * @param explain returns the error that the callback gets. Default: the promise's own
 */
export function settle<T>(
  promise: Promise<T>,
  callback: NodeCallback<T> | undefined | null,
  explain: (error: unknown) => unknown = asItIs,
): void {
  const answer: NodeCallback<T> = callback ?? ignore
  promise.then(
    // Without a result the error is the only argument: code that spreads its arguments (vows) takes a second one for a result.
    (value) => (value === undefined ? nextTick(answer, null) : nextTick(answer, null, value)),
    (error) => nextTick(answer, explain(error)),
  )
}

/**
 * Answers a callback from a promise, or returns the promise if there is no callback. That promise is marked as handled: a
 * caller that ignores it ignores its error, as databank does without a callback, and a caller that awaits it gets the error.
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
