import { toTime } from '@sessionbank/databank-kit'

/** A session's cookie, as express-session and @fastify/session write it. */
export interface SessionCookie {
  /** The life that the session was given, in ms; null: until the browser closes. */
  originalMaxAge?: number | null | undefined
  /** End of life. null, 0, `false` or nothing: none. */
  expires?: Date | string | number | false | null | undefined
  path?: string | null | undefined
  domain?: string | null | undefined
  httpOnly?: boolean | null | undefined
  secure?: boolean | 'auto' | null | undefined
  sameSite?: boolean | string | null | undefined
  partitioned?: boolean | null | undefined
  priority?: string | null | undefined
  [attribute: string]: unknown
}

/** What browsers and frameworks take where an attribute is absent. */
const DEFAULTS: Record<string, unknown> = { path: '/', httpOnly: true }
/** Not attributes, or compared in their own way. */
const TIMES = new Set(['expires', 'originalMaxAge', 'originalExpires', 'maxAge'])
/** Frameworks work a maxAge out anew from a date; this much is rounding, in ms. */
const SAME_AGE = 1_000

/** When the cookie ends, in ms since the epoch; null: with the browser. */
export function cookieExpires(cookie: SessionCookie): number | null {
  return toTime(cookie.expires)
}

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Whether the cookie ends at some time at all; reads the dates that we write without parsing them. */
export function hasExpiry(cookie: SessionCookie): boolean {
  const { expires } = cookie
  if (!expires) return false
  return (typeof expires === 'string' && ISO_DATE.test(expires)) || cookieExpires(cookie) !== null
}

/**
 * Whether two cookies mean the same: absent, null and the default are one; the age may differ by a second; `expires`
 * counts only where there is no age, because frameworks move it on every request.
 */
export function sameCookie(a: SessionCookie, b: SessionCookie): boolean {
  if (!sameAge(a, b)) return false
  for (const name of Object.keys(a)) if (!TIMES.has(name) && attribute(a, name) !== attribute(b, name)) return false
  for (const name of Object.keys(b)) if (!TIMES.has(name) && attribute(a, name) !== attribute(b, name)) return false
  return true
}

function sameAge(a: SessionCookie, b: SessionCookie): boolean {
  const [ageOfA, ageOfB] = [a.originalMaxAge ?? null, b.originalMaxAge ?? null]
  if (ageOfA === null && ageOfB === null) return cookieExpires(a) === cookieExpires(b)
  return ageOfA !== null && ageOfB !== null && Math.abs(ageOfA - ageOfB) <= SAME_AGE
}

function attribute(cookie: SessionCookie, name: string): unknown {
  return cookie[name] || (name in DEFAULTS && cookie[name] == null ? DEFAULTS[name] : false)
}
