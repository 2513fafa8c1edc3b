import * as hooks from 'node:perf_hooks'
import * as timers from 'node:timers'

// Taken at load: the fake timers of a test runner replace those of the modules, too, and would stop all that waits.

export const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers
export const { nextTick } = process

/** Deadlines go by it: it only goes forward, whatever becomes of the time of day. */
export const performance = { now: hooks.performance.now.bind(hooks.performance) }

/** Resolves in the next turn of the event loop, once other work has had its chance. */
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
