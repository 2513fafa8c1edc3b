import { setImmediate as nextTick } from 'node:timers/promises'

/** Lets everything happen that waits for neither a timer nor a database. */
export async function manyTicks(count = 100): Promise<void> {
  for (let tick = 0; tick < count; tick++) await nextTick()
}
