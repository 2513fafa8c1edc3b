import { pause, performance } from './clock.ts'
import { LONGEST_DELAY } from './deadlines.ts'
import { ConnectError, InvalidOptionError } from './errors.ts'

/** The first pause between two attempts, in ms. Each further pause is twice as long. */
const SHORTEST_PAUSE = 100
/** The longest pause, in ms. */
const LONGEST_PAUSE = 2_000

/** Clock and randomness of the attempts, which tests replace. */
export interface Pacing {
  /** Returns the time in ms. */
  now(): number
  pause(ms: number): Promise<void>
  /** Returns a random number from 0 to 1. */
  random(): number
}

const REAL: Pacing = { now: () => performance.now(), pause, random: Math.random }

/** Returns the option `retry`, 0 if it is absent. Throws InvalidOptionError if it is not a valid time. */
export function checkedRetry(retry: unknown = 0): number {
  if (typeof retry === 'number' && retry >= 0 && retry <= LONGEST_DELAY) return retry
  throw new InvalidOptionError(`\`retry\` of a bank must be a number of ms from 0 to ${LONGEST_DELAY}`)
}

/**
 * Opens a bank. Retries for `retry` ms if the database may just not be up yet. Pauses grow to 2 s, and half of each is
 * random, so that the processes of an app do not retry at the same time. The last attempt starts when the time is up. A
 * pause keeps the process alive.
 *
 * @throws the error of the last attempt; after several, a ConnectError also says how many there were and how long they
 * took
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
