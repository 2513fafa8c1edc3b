import { toTime } from '@sessionbank/databank-kit'

/** A session's cookie, as express-session and @fastify/session write it. */
export interface SessionCookie {
  /** Maximum age of the session, in ms; null or `false`: until the browser closes. */
  originalMaxAge?: number | false | null | undefined
  /** Time at which the cookie expires. Null, 0, `false`, a missing or an invalid time: no expiry. */
  expires?: Date | string | number | false | null | undefined
  /** The path that the browser sends the cookie to. Default: `/`. */
  path?: string | null | undefined
  /** The domain whose hosts all get the cookie. Default: only the host that set it. */
  domain?: string | null | undefined
  /** True if scripts cannot read the cookie. Default: true. */
  httpOnly?: boolean | null | undefined
  /** True if the cookie is sent over HTTPS only; `"auto"`: if the connection is HTTPS. */
  secure?: boolean | 'auto' | null | undefined
  /** Whether requests from other sites carry the cookie: `"lax"`, `"strict"` or `"none"`. */
  sameSite?: boolean | string | null | undefined
  /** True if the cookie is partitioned by top-level site (CHIPS). */
  partitioned?: boolean | null | undefined
  /** Priority with which the browser keeps the cookie: `"low"`, `"medium"` or `"high"`. */
  priority?: string | null | undefined
  [attribute: string]: unknown
}

/** Values that browsers and frameworks assume for absent attributes. */
const DEFAULTS: Record<string, unknown> = { path: '/', httpOnly: true }
/** Times, which are not compared like attributes. */
const TIMES = new Set(['expires', 'originalMaxAge', 'originalExpires', 'maxAge'])
/** Tolerance when two ages are compared, in ms: frameworks recalculate `maxAge` from a date, with a rounding error. */
export const SAME_AGE = 1_000

/** Returns when the cookie expires, in ms since the epoch; null for a session cookie. */
export function cookieExpires(cookie: SessionCookie): number | null {
  return toTime(cookie.expires)
}

const ISO_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
/** Longest age that ends within the range of a Date, in ms: about 250,000 years. */
export const LONGEST_AGE = 8e15

/** Attribute values that frameworks can write into a Set-Cookie header; they throw on any other. */
const WRITABLE = {
  path: /^[ -:=-~]*$/,
  domain: /^[.]?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:[.][a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i,
  sameSite: /^(?:lax|none|strict)$/i,
  priority: /^(?:low|medium|high)$/i,
}
const TEXTS = Object.keys(WRITABLE) as (keyof typeof WRITABLE)[]

/**
 * Returns the cookie with only those times and attributes that every framework and bank can handle: an `expires` that
 * is a valid time or means "none", finite ages within the range of a Date, and attributes that a Set-Cookie header
 * allows. An app, a config or a stored record may contain anything else (text, objects, NaN, infinity, invalid dates),
 * and the frameworks would then fail at each request of the session. Such a time is replaced by "no expiry", and such
 * an attribute is left out.
 *
 * Returns the same object if there is nothing to replace, which takes a few `typeof`s to check.
 */
export function soundCookie(cookie: SessionCookie): SessionCookie {
  const isEndSound = isSoundEnd(cookie)
  const isAgeSound = isSoundAge(cookie, 'originalMaxAge')
  const isMaxAgeSound = isSoundAge(cookie, 'maxAge')
  if (isEndSound && isAgeSound && isMaxAgeSound && isWritable(cookie)) return cookie
  const sound = { ...cookie }
  if (!isEndSound) sound.expires = null
  if (!isAgeSound) sound.originalMaxAge = null
  if (!isMaxAgeSound) delete sound.maxAge
  for (const name of TEXTS) if (!isWritableText(name, sound[name])) delete sound[name]
  return sound
}

/** An `expires` that is present but undefined is not sound: it means "none", but JSON would leave it out. */
function isSoundEnd(cookie: SessionCookie): boolean {
  const { expires } = cookie
  if (expires === undefined) return !('expires' in cookie)
  return expires === null || expires === false || expires === 0 || hasExpiry(cookie)
}

function isSoundAge(cookie: SessionCookie, name: 'originalMaxAge' | 'maxAge'): boolean {
  const age = cookie[name]
  if (age === undefined) return !(name in cookie)
  // If an app sets `cookie.expires` to false, express-session sets the age to false too.
  return age === null || age === false || (typeof age === 'number' && Math.abs(age) <= LONGEST_AGE)
}

/** Returns whether a Set-Cookie header allows the attributes. The others are booleans, for which any value works. */
function isWritable(cookie: SessionCookie): boolean {
  return (
    (cookie.path === '/' || isWritableText('path', cookie.path)) &&
    isWritableText('domain', cookie.domain) &&
    isWritableText('sameSite', cookie.sameSite) &&
    isWritableText('priority', cookie.priority)
  )
}

function isWritableText(name: keyof typeof WRITABLE, value: unknown): boolean {
  if (!value || (value === true && name === 'sameSite')) return true
  return typeof value === 'string' && WRITABLE[name].test(value)
}

/** Returns whether the cookie has an expiry. Does not parse dates in the form that the store writes. */
export function hasExpiry(cookie: SessionCookie): boolean {
  const { expires } = cookie
  if (!expires) return false
  return (typeof expires === 'string' && ISO_DATE.test(expires)) || cookieExpires(cookie) !== null
}

/** Returns whether the cookie has a fixed expiry, which touches do not move: a date without an age. */
export function isFixed(cookie: SessionCookie): boolean {
  return typeof cookie.originalMaxAge !== 'number' && hasExpiry(cookie)
}

/**
 * Returns whether the cookie states both times, even if they mean "none". Every cookie that a framework saves through
 * the store does. For a cookie written by a script or another program, the framework fills in the missing attributes.
 */
export function isWhole(cookie: SessionCookie): boolean {
  return 'expires' in cookie && 'originalMaxAge' in cookie
}

/** Returns whether the cookie states an expiry or an age, even if it means "none". */
export function hasTimes(cookie: SessionCookie): boolean {
  return 'expires' in cookie || 'originalMaxAge' in cookie || 'maxAge' in cookie
}

/**
 * Returns whether two cookies mean the same. An absent attribute, null and the default are equal, and ages may differ
 * by a second. For cookies with an age, only the presence of an expiry is compared, because frameworks move the expiry
 * at every request.
 */
export function sameCookie(a: SessionCookie, b: SessionCookie): boolean {
  if (!sameAge(a, b)) return false
  for (const name in a) if (!TIMES.has(name) && attribute(a, name) !== attribute(b, name)) return false
  for (const name in b) if (!TIMES.has(name) && attribute(a, name) !== attribute(b, name)) return false
  return true
}

function sameAge(a: SessionCookie, b: SessionCookie): boolean {
  const [ageOfA, ageOfB] = [ageOf(a), ageOf(b)]
  if (ageOfA === null && ageOfB === null) return cookieExpires(a) === cookieExpires(b)
  if (ageOfA === null || ageOfB === null || Math.abs(ageOfA - ageOfB) > SAME_AGE) return false
  return hasExpiry(a) === hasExpiry(b)
}

function ageOf({ originalMaxAge }: SessionCookie): number | null {
  return typeof originalMaxAge === 'number' ? originalMaxAge : null
}

function attribute(cookie: SessionCookie, name: string): unknown {
  return cookie[name] || (name in DEFAULTS && cookie[name] == null ? DEFAULTS[name] : false)
}
