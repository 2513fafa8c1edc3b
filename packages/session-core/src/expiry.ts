import { LAST_DATE, laterExpiry } from '@sessionbank/databank-kit'
import { cookieExpires, type SessionCookie } from './cookie.ts'

export interface LifetimeLimit {
  /** Time from creation to the end of a session, in ms, which touches do not extend; `false`: unlimited. */
  maxLifetime: number | false
}

export interface ExpiryPolicy extends LifetimeLimit {
  /** Life of a session whose cookie has no expiry, in ms; `false`: unlimited. */
  ttl: number | false
}

/** Returns when a session with this cookie ends if it is saved or touched now; null: never. */
export function expiryOf(
  cookie: SessionCookie,
  created: number | null,
  now: number,
  policy: ExpiryPolicy,
): number | null {
  const own = cookieExpires(cookie) ?? endWithoutDate(cookie, now, policy)
  return earlier(own, lifetimeEnd(created, policy))
}

/**
 * Returns the end of a session whose cookie has no date. If the app removed only the date, the framework restarts the
 * age when it next shows the cookie, so the longer of age and `ttl` counts.
 */
function endWithoutDate({ originalMaxAge: age }: SessionCookie, now: number, { ttl }: ExpiryPolicy): number | null {
  if (ttl === false) return null
  return now + (typeof age === 'number' ? Math.max(age, ttl) : ttl)
}

/** Returns the latest end of a session created at this time; null: no limit. */
export function lifetimeEnd(created: number | null, { maxLifetime }: LifetimeLimit): number | null {
  return maxLifetime === false || created === null ? null : created + maxLifetime
}

/**
 * Returns when a session ends if it is touched now: an age starts again from now, and a date without an age stays.
 *
 * @param expires the record's current expiry, which is never shortened, because another request may have chosen it
 */
export function renewedExpiry(
  cookie: SessionCookie,
  expires: number | null,
  created: number | null,
  now: number,
  policy: ExpiryPolicy,
): number | null {
  const age = cookie.originalMaxAge
  const limit = lifetimeEnd(created, policy)
  if (typeof age !== 'number' && cookieExpires(cookie) !== null) return earlier(expires, limit)
  const renewed = typeof age === 'number' ? now + age : expiryOf({}, created, now, policy)
  return earlier(laterExpiry(renewed, expires), limit)
}

/** A life shorter than this, in ms, is extended by every touch. */
const SHORT_LIFE = 600_000
const MINUTE = 60_000

/**
 * Returns the smallest change in expiry that is written, in ms.
 *
 * @param touchAfter the store's option; null: depends on the life of the session
 */
export function leastMove(
  { originalMaxAge: age }: SessionCookie,
  { ttl, touchAfter }: { ttl: number | false; touchAfter: number | null },
): number {
  if (touchAfter !== null) return touchAfter
  const life = typeof age === 'number' ? age : ttl
  return life === false || life < SHORT_LIFE ? 0 : Math.min(life / 100, MINUTE)
}

/** Returns the earlier of two expiries. Null means never, so any time is earlier. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}

/** Converts a time to the Date that an app gets; null stays null. */
export function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}

let second = Number.NaN
let upToSecond = ''

/**
 * Same as `Date.prototype.toISOString`, but cached for each second, because sessions that are saved in succession
 * mostly end within the same second. Without the cache this would be the slowest part of a save. A time beyond the
 * range of a Date is clamped to it.
 */
export function isoTime(end: number): string {
  const time = Math.min(Math.max(end, -LAST_DATE), LAST_DATE)
  const inSeconds = Math.floor(time / 1_000)
  if (inSeconds !== second) {
    upToSecond = new Date(inSeconds * 1_000).toISOString().slice(0, -4)
    second = inSeconds
  }
  return `${upToSecond}${String(Math.trunc(time - inSeconds * 1_000)).padStart(3, '0')}Z`
}
