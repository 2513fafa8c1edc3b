/** A Node-style callback of one optional result. */
export type NodeCallback<T> = (error: Error | null, value: T) => void

/**
 * Answers a callback from a promise, exactly once, on a fresh tick and outside the promise chain: what the callback
 * throws is an uncaught exception of its owner's, not a rejection of ours.
 */
export function settle<T>(promise: Promise<T>, callback: NodeCallback<T> | undefined | null): void {
  const answer: NodeCallback<T> = callback ?? ignore
  promise.then(
    // Without a result the error is the only argument: code that spreads its arguments (vows) takes a second one for a result.
    (value) => (value === undefined ? process.nextTick(answer, null) : process.nextTick(answer, null, value)),
    (error) => process.nextTick(answer, error),
  )
}

function ignore(): void {}
