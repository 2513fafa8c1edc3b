import { type AnyData, InvalidSessionError, type SessionCookie, type SessionData } from '@sessionbank/session-core'
import { hasTimes, isFixed } from '@sessionbank/session-core/adapter'

/** A session as koa-session hands it to a store. */
export type KoaSession<Data extends object = AnyData> = Data & KoaTimes

interface KoaTimes {
  /** End of life, in ms since the epoch. */
  _expire?: number | null
  /** The life that the session was given, in ms. */
  _maxAge?: number | null
  /** The session ends with the browser. */
  _session?: boolean
}

/** Cookie attributes among koa-session's options. */
export type CookieAttributes = Pick<
  SessionCookie,
  'path' | 'domain' | 'httpOnly' | 'secure' | 'sameSite' | 'partitioned' | 'priority'
>

const ATTRIBUTES = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const

/** What comes before it has passed as well, in ms since the epoch. */
const FIRST_DATE = -8.64e15

/** A fixed end of a session, and the age that koa-session was given in its place, in ms. */
export interface FixedEnd {
  expires: Date
  age: number
}

/** Whether a cookie, if there is one, ends with the browser. */
export function isOfTheBrowser(cookie: SessionCookie | null): boolean {
  return cookie !== null && hasTimes(cookie) && typeof cookie.originalMaxAge !== 'number' && !cookie.expires
}

/** Returns the end that a loaded cookie has in place of an age, which koa-session needs; null if it has none. */
export function fixedEndOf(cookie: SessionCookie, now: number): FixedEnd | null {
  const { expires } = cookie
  return expires instanceof Date && isFixed(cookie) ? { expires, age: expires.getTime() - now } : null
}

/**
 * Turns a loaded session, with a `cookie`, into one with koa-session's own times. A cookie that says nothing of times leaves
 * them to koa-session's options. Changes the session that it is given.
 */
export function withKoaTimes(session: SessionData, fixed: FixedEnd | null): KoaSession {
  const loaded: KoaSession & { cookie?: SessionCookie } = session
  const { cookie } = session
  // The last key that was added: the object stays a fast one, and a copy costs more.
  delete loaded.cookie
  if (!hasTimes(cookie)) return loaded
  if (isOfTheBrowser(cookie)) {
    loaded._session = true
    return loaded
  }
  if (cookie.expires instanceof Date) loaded._expire = cookie.expires.getTime()
  loaded._maxAge = fixed ? fixed.age : (cookie.originalMaxAge as number)
  return loaded
}

/** Returns the session with its fixed end again, unless the app has chosen another age. */
export function withFixedEnd(session: KoaSession, fixed: FixedEnd | null): KoaSession {
  if (!fixed || session._maxAge !== fixed.age) return session
  return { ...session, _maxAge: null, _expire: fixed.expires.getTime() }
}

/**
 * From koa-session's own times to a session with a `cookie`.
 *
 * @param attributes where the session has a cookie already, that: another framework may have chosen its attributes
 */
export function cookieFrom(session: KoaSession, attributes: CookieAttributes): SessionData {
  const { _expire, _maxAge, _session, ...data } = session
  if (Object.hasOwn(data, 'cookie')) {
    throw new InvalidSessionError('the session key "cookie" is the store\'s: use another name')
  }
  // koa-session adds the time to a maxAge of any kind: to a text, it appends it
  const expires = Number.isFinite(_expire) ? new Date(Math.max(_expire as number, FIRST_DATE)) : null
  const isTimed = _expire !== undefined || _maxAge !== undefined || _session !== undefined
  const cookie: SessionCookie = isTimed ? { originalMaxAge: _maxAge ?? null, expires } : {}
  for (const name of ATTRIBUTES) if (attributes[name] != null) Object.assign(cookie, { [name]: attributes[name] })
  return { ...data, cookie }
}
