/** When a server that is back must have been found, in ms. */
const EVENTUALLY = 60_000

/** The client looks for its server every now and then: the first calls after may still come too early. */
export async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + EVENTUALLY; ; await pause()) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}

/** Calls that are refused at once must not keep the machine busy. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
