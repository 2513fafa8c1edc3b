import { SessionbankError, type SessionCookie } from '@sessionbank/session-core'
import { hasTimes, isWhole, type Link } from '@sessionbank/session-core/adapter'

/**
 * Key of a session's link in the cookie options of @fastify/session's Session, which pass the link from `get` to `set`.
 */
const LINK = Symbol('sessionbank.link')

/** The cookie options that mean "no expiry" to @fastify/session, even if its own options have one. */
const NO_END = { expires: null, maxAge: null }

/**
 * The installed version of @fastify/session does not pass the store's links on. Thrown when the first store is created.
 * Code: `SESSIONBANK_INCOMPATIBLE_FRAMEWORK`.
 */
export class IncompatibleFrameworkError extends SessionbankError {
  constructor() {
    super(
      'SESSIONBANK_INCOMPATIBLE_FRAMEWORK',
      "this version of @fastify/session does not pass the store's link on to the session, so the store cannot tell what a request has changed: install a version from 11.1.2 on, within the peer dependency of this package",
    )
  }
}

/** Another program may have stored a cookie with these keys: they would hide the method, or replace the prototype. */
const SPECIAL = new Set(['toJSON', '__proto__'])

/**
 * The cookie of a loaded session, with its link. @fastify/session calls its `toJSON` and spreads the result, including
 * symbols, into the options of its own cookie. The link is not among the keys of this object.
 */
class LinkedCookie {
  [attribute: string]: unknown
  readonly #link: Link

  constructor(cookie: SessionCookie, link: Link) {
    for (const name in cookie) if (!SPECIAL.has(name)) this[name] = cookie[name]
    this.#link = link
  }

  /** Undefined in a copy of such a cookie. */
  get [LINK](): Link | undefined {
    return #link in this ? this.#link : undefined
  }

  toJSON(): object {
    const options = unsetOptions(this, this[LINK])
    for (const name in this) if (this[name] != null) options[name] = this[name]
    return options
  }
}

/** Returns the cookie of a loaded session with its link. */
export function withLink(cookie: SessionCookie, link: Link): SessionCookie {
  return new LinkedCookie(cookie, link)
}

/**
 * Returns cookie options with the link, and with values for the attributes that the cookie must not take from
 * @fastify/session's own options. A cookie that states both times takes nothing from them, because another framework may
 * have set it. A partial cookie takes the rest from them, except for its times, which belong together.
 */
function unsetOptions(cookie: SessionCookie, link: Link | undefined): Record<string, unknown> {
  if (!isWhole(cookie)) return { ...(hasTimes(cookie) && NO_END), [LINK]: link } as Record<string, unknown>
  // A literal, because spreading a constant takes longer, and this runs at each request.
  return {
    expires: null,
    maxAge: null,
    path: '/',
    domain: null,
    httpOnly: true,
    secure: null,
    sameSite: null,
    partitioned: undefined,
    [LINK]: link,
  }
}

/** The range of dates that @fastify/cookie can write; it fails on any other. */
const [FIRST_END, LAST_END] = [Date.UTC(1601, 0), Date.UTC(9999, 11, 31, 23, 59, 59, 999)]

/**
 * Replaces an expiry that @fastify/cookie cannot write: if it is too late, by no expiry; if too early, by a past
 * expiry.
 */
export function withWritableEnd(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  const age = cookie.originalMaxAge || cookie.maxAge
  // @fastify/session treats an age of 0 as none.
  const end = typeof age === 'number' && age !== 0 ? now + age : expires
  if (end === null || (end >= FIRST_END && end <= LAST_END)) return cookie
  if (end < FIRST_END) return { ...cookie, originalMaxAge: -1 }
  const { maxAge: _, ...rest } = cookie
  return { ...rest, expires: null, originalMaxAge: null }
}

/**
 * Attaches a link to a Session that this request created. If such a session ends and is then reloaded, @fastify/session
 * creates another Session with the same id, to which it passes nothing but these cookie options.
 */
export function attachLinkToSession(session: object, link: Link): void {
  const name = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'cookieOpts')
  const options = name && (session as Record<symbol, unknown>)[name]
  if (isObject(options)) Object.defineProperty(options, LINK, { value: link, enumerable: true })
}

/** Returns the link of a session: of a Session that was created from a loaded one, or of the result of `get` itself. */
export function attachedLink(session: { cookie?: unknown }): Link | undefined {
  return carrierIn(session)?.[LINK]
}

/**
 * Adds the attributes of the loaded cookie that @fastify/session's cookie cannot hold, so that they do not seem to be
 * deleted. (Its Cookie has no `priority`, which browsers support and Express and Koa can set.)
 */
export function withCookieWhole(session: { cookie?: unknown }): object {
  const priority = carrierIn(session)?.priority
  if (priority == null || !isObject(session.cookie)) return session
  const cookie = session.cookie as SessionCookie & { toJSON?(): SessionCookie }
  return { ...session, cookie: { priority, ...(cookie.toJSON?.() ?? cookie) } }
}

interface Carrier {
  [LINK]: Link
  priority?: string
}

/** Where the last link was found. All sessions of one copy of @fastify/session have it under the same symbol. */
let lastFound: symbol | undefined

function carrierIn(session: { cookie?: unknown }): Carrier | undefined {
  const held = session as Record<symbol, unknown>
  if (isCarrier(session.cookie)) return session.cookie
  if (lastFound !== undefined && isCarrier(held[lastFound])) return held[lastFound] as Carrier
  const symbol = Object.getOwnPropertySymbols(session).find((own) => isCarrier(held[own]))
  if (symbol === undefined) return undefined
  lastFound = symbol
  return held[symbol] as Carrier
}

function isCarrier(value: unknown): value is Carrier {
  return isObject(value) && (value as Partial<Carrier>)[LINK] !== undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
