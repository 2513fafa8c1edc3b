import { clearInterval, type StreamOptions, setInterval } from '@sessionbank/databank-kit'

/** Options of a cleanup's calls, which do not keep the process alive: no caller waits for a cleanup by timer. */
export const IN_BACKGROUND: StreamOptions = { isBackground: true }

/** The longest interval of a timer, in ms. */
const LONGEST = 2 ** 31 - 1

/** Keeps the process alive until the promise settles, for work that a background task may have begun. */
export async function keepingAlive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONGEST)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
