import { LAST_DATE, laterExpiry } from '@sessionbank/databank-kit'
import { cookieExpires, type SessionCookie } from './cookie.ts'

export interface LifetimeLimit {
  /** End of life counted from creation, in ms; `false`: none. */
  maxLifetime: number | false
}

export interface ExpiryPolicy extends LifetimeLimit {
  /** Life of a session whose cookie has no expiry, in ms; `false`: for ever. */
  ttl: number | false
}

/** When a session ends that is saved or touched now, by the cookie that it then has; null: never. */
export function expiryOf(
  cookie: SessionCookie,
  created: number | null,
  now: number,
  policy: ExpiryPolicy,
): number | null {
  const own = cookieExpires(cookie) ?? endWithoutDate(cookie, now, policy)
  return earlier(own, lifetimeEnd(created, policy))
}

/** An app may take the date away and leave the age, which begins when the framework shows the cookie next. */
function endWithoutDate({ originalMaxAge: age }: SessionCookie, now: number, { ttl }: ExpiryPolicy): number | null {
  if (ttl === false) return null
  return now + (typeof age === 'number' ? Math.max(age, ttl) : ttl)
}

/** When a session of this creation ends at the latest; null: nobody limits it. */
export function lifetimeEnd(created: number | null, { maxLifetime }: LifetimeLimit): number | null {
  return maxLifetime === false || created === null ? null : created + maxLifetime
}

/**
 * The same, for a cookie that lies in the bank: an age runs anew from now, a bare date stays.
 *
 * @param expires the record's expiry of now: a life that another request chose is never cut short
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

/** A life shorter than this, in ms, is renewed by each touch. */
const SHORT_LIFE = 600_000
const MINUTE = 60_000

/**
 * Returns the least change of an expiry that is written, in ms.
 *
 * @param touchAfter what the store was told; null: by the life of the session
 */
export function leastMove(
  { originalMaxAge: age }: SessionCookie,
  { ttl, touchAfter }: { ttl: number | false; touchAfter: number | null },
): number {
  if (touchAfter !== null) return touchAfter
  const life = typeof age === 'number' ? age : ttl
  return life === false || life < SHORT_LIFE ? 0 : Math.min(life / 100, MINUTE)
}

/** The earlier of two expiries; null is never, the latest of all. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}

/** Returns a time as an app is given it; null stays null. */
export function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}

let second = Number.NaN
let upToSecond = ''

/**
 * As `Date.prototype.toISOString`, which would be the dearest part of a save: sessions that are saved one after another
 * mostly end within the same second. A time beyond the reach of a Date becomes the last one or the first one within it.
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
