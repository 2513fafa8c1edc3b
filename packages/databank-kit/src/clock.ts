import * as hooks from 'node:perf_hooks'
import * as timers from 'node:timers'

// Captured at load: fake timers of test runners replace the functions of `node:timers` too, so that no deadline would
// fire. The types are defined here for users without @types/node.

/** The methods of Node's timers that are used here. */
export interface Timer {
  /** Makes the timer keep the process alive. */
  ref(): unknown
  /** Lets the process end while the timer runs. */
  unref(): unknown
}

/** A clock with an arbitrary zero. */
interface Clock {
  /** Returns the time in ms. */
  now(): number
}

type Start = <Args extends unknown[]>(callback: (...args: Args) => void, ms?: number, ...args: Args) => Timer
type Stop = (timer: Timer | undefined) => void
type Defer = <Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args) => unknown

/** Node’s `setTimeout`, which fake timers of a test runner do not replace; the time is in ms. */
export const setTimeout: Start = timers.setTimeout
/** Node’s `clearTimeout`, which fake timers of a test runner do not replace. */
export const clearTimeout = timers.clearTimeout as Stop
/** Node’s `setInterval`, which fake timers of a test runner do not replace; the time is in ms. */
export const setInterval: Start = timers.setInterval
/** Node’s `clearInterval`, which fake timers of a test runner do not replace. */
export const clearInterval = timers.clearInterval as Stop
/** Node’s `setImmediate`, which fake timers of a test runner do not replace. */
export const setImmediate: Defer = timers.setImmediate
/** The global `queueMicrotask`, which fake timers of a test runner do not replace. */
export const queueMicrotask: (callback: () => void) => void = globalThis.queueMicrotask
/** Node’s `process.nextTick`, which fake timers of a test runner do not replace. */
export const nextTick = process.nextTick as (callback: (...args: never[]) => void, ...args: unknown[]) => void

/** The clock of deadlines, in ms. Monotonic: changes of the system time do not affect it. */
export const performance: Clock = { now: hooks.performance.now.bind(hooks.performance) }

/** Resolves in the next turn of the event loop, after pending I/O. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Resolves after the given number of ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
