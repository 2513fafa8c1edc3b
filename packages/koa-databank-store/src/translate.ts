import { type AnyData, InvalidSessionError, type SessionCookie, type SessionData } from '@sessionbank/session-core'
import { hasTimes, isFixed } from '@sessionbank/session-core/adapter'

/** A session in koa-session's form. */
export type KoaSession<Data extends object = AnyData> = Data & KoaTimes

interface KoaTimes {
  /** Expiry, in ms since the epoch. */
  _expire?: number | null
  /** Maximum age of the session, in ms. */
  _maxAge?: number | null
  /** True for a session cookie. */
  _session?: boolean
}

/** Cookie attributes among koa-session's options. */
export type CookieAttributes = Pick<
  SessionCookie,
  'path' | 'domain' | 'httpOnly' | 'secure' | 'sameSite' | 'partitioned' | 'priority'
>

const ATTRIBUTES = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const

/** Replaces earlier times, which have passed as well; in ms since the epoch. */
const FIRST_DATE = -8.64e15

/** A fixed expiry of a session, and the age in ms that koa-session gets instead. */
export interface FixedEnd {
  expires: Date
  age: number
}

/** Returns whether a cookie is a session cookie; false for null. */
export function isSessionCookie(cookie: SessionCookie | null): boolean {
  return cookie !== null && hasTimes(cookie) && typeof cookie.originalMaxAge !== 'number' && !cookie.expires
}

/** Returns the fixed expiry of a loaded cookie and the remaining age, for koa-session; null if it has none. */
export function fixedEndOf(cookie: SessionCookie, now: number): FixedEnd | null {
  const { expires } = cookie
  return expires instanceof Date && isFixed(cookie) ? { expires, age: expires.getTime() - now } : null
}

/**
 * Converts a loaded session with a `cookie` to koa-session's form (mutating it). Without times, koa-session's options
 * apply.
 */
export function withKoaTimes(session: SessionData, fixed: FixedEnd | null): KoaSession {
  const loaded: KoaSession & { cookie?: SessionCookie } = session
  const { cookie } = session
  // Deletes the last added key, so that V8 keeps the object in its fast mode. A copy would cost more.
  delete loaded.cookie
  if (!hasTimes(cookie)) return loaded
  if (isSessionCookie(cookie)) {
    loaded._session = true
    return loaded
  }
  if (cookie.expires instanceof Date) loaded._expire = cookie.expires.getTime()
  loaded._maxAge = fixed ? fixed.age : (cookie.originalMaxAge as number)
  return loaded
}

/** Restores the fixed expiry of a session, unless the app has chosen another age. */
export function withFixedEnd(session: KoaSession, fixed: FixedEnd | null): KoaSession {
  if (!fixed || session._maxAge !== fixed.age) return session
  return { ...session, _maxAge: null, _expire: fixed.expires.getTime() }
}

/**
 * Converts a session in koa-session's form to one with a `cookie`.
 *
 * @param attributes the attributes of the session's existing cookie, which another framework may have chosen, otherwise
 * koa-session's options
 */
export function cookieFrom(session: KoaSession, attributes: CookieAttributes): SessionData {
  const { _expire, _maxAge, _session, ...data } = session
  if (Object.hasOwn(data, 'cookie')) {
    throw new InvalidSessionError('the session key "cookie" is the store\'s: use another name')
  }
  // koa-session adds the time to a `maxAge` of any type: to a string, it appends the time.
  const expires = Number.isFinite(_expire) ? new Date(Math.max(_expire as number, FIRST_DATE)) : null
  const isTimed = _expire !== undefined || _maxAge !== undefined || _session !== undefined
  const cookie: Record<string, unknown> = isTimed ? { originalMaxAge: _maxAge ?? null, expires } : {}
  for (const name of ATTRIBUTES) if (attributes[name] != null) cookie[name] = attributes[name]
  return Object.assign(data, { cookie })
}
