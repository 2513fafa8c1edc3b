import { setImmediate } from 'node:timers'

/** Taken at load: fake timers of a test runner replace those of `node:timers` too, and would stop all that waits. */
const defer = setImmediate

/** Resolves in the next turn of the event loop, once other work has had its chance. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    defer(resolve)
  })
}
