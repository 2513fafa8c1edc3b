import { clearInterval, type StreamOptions, setInterval } from '@sessionbank/databank-kit'

/** Options of the calls of a cleanup, which keep no process alive: by timer, no caller waits for them. */
export const IN_BACKGROUND: StreamOptions = { isBackground: true }

/** The longest interval that a timer takes, in ms. */
const LONGEST = 2 ** 31 - 1

/** Keeps the process alive until the promise settles: a caller waits for work that a background task may have begun. */
export async function keepingAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONGEST)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
