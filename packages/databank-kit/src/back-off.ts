import { pause } from './clock.ts'

/** The longest pause, in ms. */
const LONGEST = 100

/** Pauses for a random time that grows with each attempt, before a read-modify-write is retried after a conflict. */
export function backOff(attempt: number): Promise<void> {
  return pause(Math.random() * Math.min(2 ** attempt, LONGEST))
}
