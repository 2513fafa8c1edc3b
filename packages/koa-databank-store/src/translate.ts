import { InvalidSessionError, type SessionCookie, type SessionData } from '@sessionbank/session-core'

/** A session as koa-session hands it to a store. */
export interface KoaSession {
  /** End of life, in ms since the epoch. */
  _expire?: number | null
  /** The life that the session was given, in ms. */
  _maxAge?: number | null
  /** The session ends with the browser. */
  _session?: boolean
  [key: string]: unknown
}

/** Cookie attributes among koa-session's options. */
export type CookieAttributes = Pick<
  SessionCookie,
  'path' | 'domain' | 'httpOnly' | 'secure' | 'sameSite' | 'partitioned' | 'priority'
>

const ATTRIBUTES = ['path', 'domain', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const

/** Whether a cookie, where there is one, ends with the browser. */
export function isOfTheBrowser(cookie: SessionCookie | null): boolean {
  return cookie !== null && cookie.originalMaxAge == null && !cookie.expires
}

/** From a session with a `cookie` to one with koa-session's own times. */
export function withKoaTimes(session: SessionData): KoaSession {
  const { cookie, ...data } = session
  if (!(cookie.expires instanceof Date)) return { ...data, _session: true }
  return { ...data, _expire: cookie.expires.getTime(), _maxAge: cookie.originalMaxAge as number }
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
  const cookie: SessionCookie = { originalMaxAge: _maxAge ?? null, expires: _expire ? new Date(_expire) : null }
  for (const name of ATTRIBUTES) if (attributes[name] != null) Object.assign(cookie, { [name]: attributes[name] })
  return { ...data, cookie }
}
