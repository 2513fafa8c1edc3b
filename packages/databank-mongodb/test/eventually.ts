/** How long finding a server that is back may take, in ms. */
const EVENTUALLY = 60_000

/** Repeats a call until it succeeds, because the client finds its server again only after a while. */
export async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + EVENTUALLY; ; await pause()) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}

/** Waits between calls, so that immediate failures do not keep the machine busy. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
