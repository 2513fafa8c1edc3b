import { cookieExpires, isFixed, LONGEST_AGE, SAME_AGE, type SessionCookie, sameCookie } from './cookie.ts'
import type { SessionRecord } from './session-record.ts'

/**
 * Converts a loaded cookie into the form that a framework needs. A save with the converted cookie counts as unchanged.
 *
 * @param expires when the session ends; null: never
 */
export type ShowCookie = (cookie: SessionCookie, expires: number | null, now: number) => SessionCookie

/** Converts a stored cookie into the one that the framework gets. */
export function shownCookie(cookie: SessionCookie, expires: number | null, now: number, show?: ShowCookie) {
  // A date without an age is compared at the save, so the framework must get the true expiry.
  const dated = expires !== null && isFixed(cookie) ? { ...cookie, expires: new Date(expires) } : cookie
  return show ? show(dated, expires, now) : dated
}

/** Adds the remaining age to a cookie with only a date, for frameworks that use the age and drop the date. */
export function withAge(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  if (expires === null || !isFixed(cookie)) return cookie
  return { ...cookie, originalMaxAge: Math.min(expires - now, LONGEST_AGE) }
}

/**
 * Returns whether the cookie of a session object means the same as when it was loaded or saved. It does not if it ends
 * before its age is over, because only the app sets such an expiry.
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
 * Returns the earliest expiry that a framework itself sets in a cookie from now on; null if the cookie has no age. A
 * framework leaves the expiry alone or restarts the age, at the start or the end of a request.
 *
 * @param end when the cookie expires; null: unknown
 */
export function leastEndOf({ originalMaxAge: age }: SessionCookie, end: number | null, now: number): number | null {
  return typeof age === 'number' ? Math.min(now + age, end ?? Number.POSITIVE_INFINITY) : null
}
