import { pause } from './clock.ts'

/** The longest pause, in ms. */
const LONGEST = 100

/** Pauses before a read-modify-write that lost a race is tried again: longer with each attempt, and at random. */
export function backOff(attempt: number): Promise<void> {
  return pause(Math.random() * Math.min(2 ** attempt, LONGEST))
}
