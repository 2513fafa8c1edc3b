/** Begins an operation, and returns its outcome: what it throws at once, too. An async function would cost twice as much. */
export function begun<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation()
  } catch (error) {
    return Promise.reject(error)
  }
}
