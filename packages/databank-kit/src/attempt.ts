/** Returns the outcome of an operation, also if it throws at once. An async function would cost twice as much. */
export function attempt<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation()
  } catch (error) {
    return Promise.reject(error)
  }
}
