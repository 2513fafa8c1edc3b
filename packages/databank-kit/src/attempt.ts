/** Calls an operation. Returns a rejected promise if it throws. An async function would take twice as long. */
export function attempt<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation()
  } catch (error) {
    return Promise.reject(error)
  }
}
