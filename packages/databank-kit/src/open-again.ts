import { pause, performance } from './clock.ts'
import { LONGEST_DELAY } from './deadlines.ts'
import { ConnectError, InvalidOptionError } from './errors.ts'

/** The first pause between two attempts, in ms; each further one is twice as long. */
const SHORTEST_PAUSE = 100
/** The longest one, in ms. */
const LONGEST_PAUSE = 2_000

/** What attempts go by; tests hand in their own. */
export interface Pacing {
  /** In ms. */
  now(): number
  pause(ms: number): Promise<void>
  /** From 0 to 1. */
  random(): number
}

const REAL: Pacing = { now: () => performance.now(), pause, random: Math.random }

/** Returns `retry` of a bank, 0 if there is none. Throws InvalidOptionError if it is no time. */
export function checkedRetry(retry: unknown = 0): number {
  if (typeof retry === 'number' && retry >= 0 && retry <= LONGEST_DELAY) return retry
  throw new InvalidOptionError(
    `\`retry\` of a bank is for how many ms it tries again to open: a number from 0 to ${LONGEST_DELAY}`,
  )
}

/**
 * Opens a bank, and tries again for `retry` ms as long as its database may only not be up yet. Pauses grow to 2 s, and
 * half of each is random, so that the processes of an app do not come all at once. The last attempt begins when the time is
 * up. A pause keeps the process alive.
 *
 * @throws the error of the last attempt; after several, a ConnectError also says how often and how long it was tried
 */
export async function openAgain(open: () => Promise<void>, retry: number, pacing: Pacing = REAL): Promise<void> {
  const began = pacing.now()
  for (let attempts = 1; ; attempts++) {
    try {
      return await open()
    } catch (error) {
      const waited = pacing.now() - began
      if (!(error instanceof ConnectError)) throw error
      if (!error.isTransient || waited >= retry) throw attempts === 1 ? error : tried(error, attempts, waited)
      const longest = Math.min(SHORTEST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
      await pacing.pause(Math.min(longest * (1 - pacing.random() / 2), retry - waited))
    }
  }
}

function tried({ message, cause, isTransient }: ConnectError, attempts: number, waited: number): ConnectError {
  const all = `${message} (tried ${attempts} times in ${(waited / 1_000).toFixed(1)} s)`
  return new ConnectError(all, cause, { isTransient })
}
