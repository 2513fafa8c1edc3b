import type { Calls } from './calls.ts'
import type { Condition, NewRecord, Touch } from './driver-records.ts'
import type { Revision, SyncWrites } from './records.ts'
import type { WriteChecks } from './write-checks.ts'

/** The synchronous writes of a driver. Their arguments are checked already. */
export interface DriverSyncWrites {
  /** As `_write`. */
  write(id: string, record: NewRecord, condition: Condition): Revision | null
  /** As `_touch`. */
  touch(id: string, touch: Touch, condition: Condition): boolean
  /** As `_delete`. */
  delete(id: string): boolean
}

/** Returns a driver's synchronous writes with the checks of the public methods. */
export function syncWrites(driver: DriverSyncWrites, checks: WriteChecks, calls: Calls): SyncWrites {
  return {
    write(id, json, options) {
      const record = checks.record(id, json, options)
      return calls.now(() => driver.write(id, record, checks.condition(options)))
    },

    touch(id, expires, options = {}) {
      const touch = checks.touch(expires, options)
      if (!checks.isStorable(id)) return false
      return calls.now(() => driver.touch(id, touch, checks.conditionOfTouch(options)))
    },

    delete(id) {
      if (!checks.isStorable(id)) return false
      return calls.now(() => driver.delete(id))
    },
  }
}
