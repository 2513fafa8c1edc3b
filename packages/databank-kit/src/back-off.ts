import { setTimeout as delay } from 'node:timers/promises'

/** The longest pause, in ms. */
const LONGEST = 100

/** Taken at load: fake timers of a test runner replace those of the module too, and would never end a pause. */
const pause = delay

/** Pauses before a read-modify-write that lost a race is tried again: longer with each attempt, and at random. */
export function backOff(attempt: number): Promise<void> {
  return pause(Math.random() * Math.min(2 ** attempt, LONGEST))
}
