import { cookieExpires, isFixed, LONGEST_AGE, SAME_AGE, type SessionCookie, sameCookie } from './cookie.ts'
import type { SessionRecord } from './session-record.ts'

/**
 * Returns a loaded cookie as a framework needs it. A save that brings it back as it was shown changes nothing.
 *
 * @param expires when the session ends; null: never
 */
export type ShowCookie = (cookie: SessionCookie, expires: number | null, now: number) => SessionCookie

/** Returns a stored cookie as the framework is shown it. */
export function shownCookie(cookie: SessionCookie, expires: number | null, now: number, show?: ShowCookie) {
  // A date without an age is compared at the save: it has to be the one that the framework is shown.
  const dated = expires !== null && isFixed(cookie) ? { ...cookie, expires: new Date(expires) } : cookie
  return show ? show(dated, expires, now) : dated
}

/**
 * For a framework that goes by a cookie's age and forgets a date: the cookie with the age that is left if only a date was
 * stored.
 */
export function withAge(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  if (expires === null || !isFixed(cookie)) return cookie
  return { ...cookie, originalMaxAge: Math.min(expires - now, LONGEST_AGE) }
}

/**
 * True if the cookie of a session object still means what it meant when it was loaded or saved. One that ends earlier than
 * its age says does not: the app has chosen that end, or ended the session by it.
 */
export function isCookieOf(base: SessionRecord, cookie: SessionCookie): boolean {
  return !endsEarly(base, cookie) && (sameCookie(cookie, base.shown) || sameCookie(cookie, base.cookie))
}

function endsEarly({ leastEnd }: SessionRecord, cookie: SessionCookie): boolean {
  const { originalMaxAge: age } = cookie
  if (typeof age !== 'number') return false
  if (age <= 0) return true
  if (leastEnd === null) return false
  const end = cookieExpires(cookie)
  return end !== null && end < leastEnd - SAME_AGE
}

/**
 * Returns the earliest end that a framework itself gives a cookie from now on; null if it has no age. A framework leaves
 * the end where it is, or lets the age begin anew: when the request came, or when it goes.
 *
 * @param end when the cookie ends; null: it does not say
 */
export function leastEndOf({ originalMaxAge: age }: SessionCookie, end: number | null, now: number): number | null {
  return typeof age === 'number' ? Math.min(now + age, end ?? Number.POSITIVE_INFINITY) : null
}
