import { types } from 'node:util'
import { InvalidValueError } from './errors.ts'
import { valueAt } from './index-tokens.ts'
import { parsedIfJson } from './json-text.ts'
import type { StoredRecord } from './records.ts'

/** The last time that a Date can hold, in ms. */
export const LAST_DATE = 8.64e15

/**
 * Returns the expiry of a value that is written by databank's API. A session, as connect-databank writes it, has it in
 * `cookie.expires`; any other value never expires.
 *
 * @param record the record that the value replaces. If both have the same `cookie.expires`, the expiry of the record
 * stays, because a touch may have extended it
 */
export function expiryOf(value: unknown, record: StoredRecord | null = null): number | null {
  const own = valueAt(value, 'cookie.expires')
  if (record && record.expires !== null && sameText(own, valueAt(parsedIfJson(record.json), 'cookie.expires')))
    return record.expires
  return toTime(own)
}

/**
 * Converts a Date, a date string or ms since the epoch to ms. Returns null for null, 0, `false`, undefined and invalid
 * values. A number before the first Date becomes the first Date, which has passed; one after the last Date is invalid.
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
 * Returns an expiry that every bank can store: whole ms since the epoch within the range of a Date, or null for never.
 * Infinity also means never.
 *
 * @throws InvalidValueError if it is neither a number nor null
 */
export function checkedExpiry(expires: unknown): number | null {
  if (expires === null || expires === Number.POSITIVE_INFINITY) return null
  if (typeof expires === 'number' && !Number.isNaN(expires)) {
    return Math.trunc(Math.min(Math.max(expires, -LAST_DATE), LAST_DATE)) + 0 // Never -0, which JSON cannot hold.
  }
  throw new InvalidValueError('an expiry must be a number of ms since the epoch, or null for never')
}

/** Returns the later of two expiries. Null means never, so it is the latest. */
export function laterExpiry(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other)
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/**
 * Returns whether a record with this expiry is live at a time, both in ms since the epoch. A null expiry means never.
 */
export function isLive(expires: number | null, now: number): boolean {
  return expires === null || expires > now
}
