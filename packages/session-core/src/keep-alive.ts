import { clearInterval, type StreamOptions, setInterval } from '@sessionbank/databank-kit'

/**
 * Options of a cleanup's calls. They do not keep the process alive, because no caller waits for the timer's cleanup.
 */
export const IN_BACKGROUND: StreamOptions = { isBackground: true }

/** The longest interval of a timer, in ms. */
const LONGEST = 2 ** 31 - 1

/** Keeps the process alive until the promise settles, even if a background task has begun the work. */
export async function keepingAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONGEST)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
