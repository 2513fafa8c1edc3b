import { toTime } from '@sessionbank/databank-kit'

/** A session's cookie, as express-session and @fastify/session write it. */
export interface SessionCookie {
  /** The life that the session was given, in ms; null or `false`: until the browser closes. */
  originalMaxAge?: number | false | null | undefined
  /** End of life. null, 0, `false` or nothing: none. What is no time at all means the same. */
  expires?: Date | string | number | false | null | undefined
  /** The path that the browser sends the cookie to. Default: `/`. */
  path?: string | null | undefined
  /** The domain, if other hosts of it get the cookie as well. */
  domain?: string | null | undefined
  /** True if scripts cannot read the cookie. Default: true. */
  httpOnly?: boolean | null | undefined
  /** True if the cookie is sent over HTTPS only; `"auto"` goes by the connection. */
  secure?: boolean | 'auto' | null | undefined
  /** Which requests of other sites carry the cookie: `"lax"`, `"strict"` or `"none"`. */
  sameSite?: boolean | string | null | undefined
  /** True if the cookie is kept apart for each top-level site (CHIPS). */
  partitioned?: boolean | null | undefined
  /** Which cookies the browser drops last: `"low"`, `"medium"` or `"high"`. */
  priority?: string | null | undefined
  [attribute: string]: unknown
}

/** What browsers and frameworks take where an attribute is absent. */
const DEFAULTS: Record<string, unknown> = { path: '/', httpOnly: true }
/** Not attributes, or compared in their own way. */
const TIMES = new Set(['expires', 'originalMaxAge', 'originalExpires', 'maxAge'])
/** Frameworks work a maxAge out anew from a date; this much is rounding, in ms. */
export const SAME_AGE = 1_000

/** When the cookie ends, in ms since the epoch; null: with the browser. */
export function cookieExpires(cookie: SessionCookie): number | null {
  return toTime(cookie.expires)
}

const ISO_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
/** Longest age whose end a Date can hold, in ms: some 250,000 years. */
export const LONGEST_AGE = 8e15

/** What the frameworks write into a Set-Cookie; they throw on anything else. */
const WRITABLE = {
  path: /^[ -:=-~]*$/,
  domain: /^[.]?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:[.][a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i,
  sameSite: /^(?:lax|none|strict)$/i,
  priority: /^(?:low|medium|high)$/i,
}
const TEXTS = Object.keys(WRITABLE) as (keyof typeof WRITABLE)[]

/**
 * Returns the cookie with times and attributes that every framework and every bank can work with: an `expires` that is a
 * time or says that there is none, ages that are finite and within the reach of a Date, and of the attributes only those
 * that a Set-Cookie can say. An app, a config or a stored record may bring anything else (text, objects, NaN, infinity,
 * invalid dates): as a time it means "no expiry", and an attribute is left out. The frameworks would fail on them at each
 * request of that session.
 *
 * Returns the cookie itself if it is sound, which takes a few `typeof`s.
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

/** A key that is there and undefined says "none", which JSON would leave out: it is not sound. */
function isSoundEnd(cookie: SessionCookie): boolean {
  const { expires } = cookie
  if (expires === undefined) return !('expires' in cookie)
  return expires === null || expires === false || expires === 0 || hasExpiry(cookie)
}

function isSoundAge(cookie: SessionCookie, name: 'originalMaxAge' | 'maxAge'): boolean {
  const age = cookie[name]
  if (age === undefined) return !(name in cookie)
  // express-session makes its own `cookie.expires = false` the age, too, and goes by it
  return age === null || age === false || (typeof age === 'number' && Math.abs(age) <= LONGEST_AGE)
}

/** Whether a Set-Cookie can say the attributes; the others are true or not, whatever they are. */
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

/** Whether the cookie ends at some time at all; reads the dates that we write without parsing them. */
export function hasExpiry(cookie: SessionCookie): boolean {
  const { expires } = cookie
  if (!expires) return false
  return (typeof expires === 'string' && ISO_DATE.test(expires)) || cookieExpires(cookie) !== null
}

/** Whether the cookie ends at a fixed time, which no use of the session moves: it has a date and no age. */
export function isFixed(cookie: SessionCookie): boolean {
  return typeof cookie.originalMaxAge !== 'number' && hasExpiry(cookie)
}

/**
 * Whether the cookie says all of itself, as every cookie does that a framework saved through us: that it has no end, too.
 * What a cookie lacks that a script or another program wrote is the framework's to choose.
 */
export function isWhole(cookie: SessionCookie): boolean {
  return 'expires' in cookie && 'originalMaxAge' in cookie
}

/** Whether the cookie says when it ends, or that it does not. */
export function hasTimes(cookie: SessionCookie): boolean {
  return 'expires' in cookie || 'originalMaxAge' in cookie || 'maxAge' in cookie
}

/**
 * Whether two cookies mean the same: absent, null and the default are one; the age may differ by a second. Of two cookies
 * with an age, when they end does not count, because frameworks move that on every request, but whether they end does.
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
