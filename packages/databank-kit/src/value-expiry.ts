import { types } from 'node:util'
import { InvalidValueError } from './errors.ts'
import { valueAt } from './index-tokens.ts'
import { parsedIfJson } from './json-text.ts'
import type { StoredRecord } from './records.ts'

/** Further away no Date reaches, in ms. */
export const LAST_DATE = 8.64e15

/**
 * When a value that comes through databank's own API ends: a session, as connect-databank writes it, says so in its
 * `cookie.expires`; any other value lives for ever.
 *
 * @param record what the value replaces: its expiry stays, unless the value brings another `cookie.expires`, because a
 *   touch moves the record's expiry alone.
 */
export function expiryOf(value: unknown, record: StoredRecord | null = null): number | null {
  const own = valueAt(value, 'cookie.expires')
  if (record && record.expires !== null && sameText(own, valueAt(parsedIfJson(record.json), 'cookie.expires')))
    return record.expires
  return toTime(own)
}

/**
 * A Date, a date string or ms since the epoch as ms; null, 0, `false`, nothing or nonsense as null. A number before the
 * first Date is the first one: that end has passed. One after the last Date is no time.
 */
export function toTime(expires: unknown): number | null {
  if (!expires) return null
  if (typeof expires === 'number') {
    return Number.isFinite(expires) && expires <= LAST_DATE ? Math.max(expires, -LAST_DATE) : null
  }
  if (typeof expires !== 'string' && !types.isDate(expires)) return null
  const time = typeof expires === 'string' ? Date.parse(expires) : expires.getTime()
  return Number.isNaN(time) ? null : time
}

/**
 * An expiry as every bank can keep it: whole ms since the epoch that a Date can hold, or null for never, which infinity is
 * too.
 *
 * @throws InvalidValueError where it is neither a number nor null
 */
export function checkedExpiry(expires: unknown): number | null {
  if (expires === null || expires === Number.POSITIVE_INFINITY) return null
  if (typeof expires === 'number' && !Number.isNaN(expires)) {
    return Math.trunc(Math.min(Math.max(expires, -LAST_DATE), LAST_DATE)) + 0 // Never -0, which JSON has not.
  }
  throw new InvalidValueError('an expiry is a number of ms since the epoch, or null for never')
}

/** The later of two expiries; null, for never, is the latest. */
export function laterExpiry(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other)
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Whether what ends at `expires` (null: never) still lives. Both are in ms since the epoch. */
export function isLive(expires: number | null, now: number): boolean {
  return expires === null || expires > now
}
