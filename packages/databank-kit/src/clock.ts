import * as hooks from 'node:perf_hooks'
import * as timers from 'node:timers'

// Captured at load: fake timers of a test runner also replace the functions of node:timers, and no deadline would fire.
// The types are our own, for users without @types/node.

export interface Timer {
  ref(): unknown
  unref(): unknown
}

type Start = <Args extends unknown[]>(callback: (...args: Args) => void, ms?: number, ...args: Args) => Timer
type Stop = (timer: Timer | undefined) => void
type Defer = <Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args) => unknown

export const setTimeout: Start = timers.setTimeout
export const clearTimeout = timers.clearTimeout as Stop
export const setInterval: Start = timers.setInterval
export const clearInterval = timers.clearInterval as Stop
export const setImmediate: Defer = timers.setImmediate
export const queueMicrotask: (callback: () => void) => void = globalThis.queueMicrotask
export const nextTick = process.nextTick as (callback: (...args: never[]) => void, ...args: unknown[]) => void

/** The clock of deadlines, in ms. It is monotonic: changes of the system time do not affect it. */
export const performance: { now(): number } = { now: hooks.performance.now.bind(hooks.performance) }

/** Resolves in the next turn of the event loop, after pending I/O. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Resolves after so many ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
