import { setImmediate as nextTick } from 'node:timers/promises'

/** Waits until everything is done that needs neither a timer nor a database. */
export async function manyTicks(count = 100): Promise<void> {
  for (let tick = 0; tick < count; tick++) await nextTick()
}
