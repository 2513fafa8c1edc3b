import { SessionbankError, type SessionCookie } from '@sessionbank/session-core'
import { hasTimes, isWhole, type Link } from '@sessionbank/session-core/adapter'

/** Carries a session's link from `get` to `set`: in the cookie options that @fastify/session's Session keeps. */
const LINK = Symbol('sessionbank.link')

/** How @fastify/session reads that a cookie has no end, where its own options have one. */
const NO_END = { expires: null, maxAge: null }

/**
 * This version of @fastify/session does not show what a request has changed. Thrown when the first store is made.
 * Code: `SESSIONBANK_INCOMPATIBLE_FRAMEWORK`.
 */
export class IncompatibleFrameworkError extends SessionbankError {
  constructor() {
    super(
      'SESSIONBANK_INCOMPATIBLE_FRAMEWORK',
      'this @fastify/session does not keep what the store needs to tell requests apart: use a version from 11.1.2 on that this package names as its peer dependency',
    )
  }
}

/**
 * The cookie of a loaded session, with its link. @fastify/session asks a cookie for its `toJSON`, and spreads the result,
 * symbols included, into the options of the cookie that it makes. Code that lists the keys of the cookie sees no link.
 */
class LinkedCookie {
  [attribute: string]: unknown
  readonly #link: Link

  constructor(cookie: SessionCookie, link: Link) {
    Object.assign(this, cookie)
    this.#link = link
  }

  get [LINK](): Link {
    return this.#link
  }

  toJSON(): object {
    const options = unsetOptions(this, this.#link)
    for (const name in this) if (this[name] != null) options[name] = this[name]
    return options
  }
}

/** Returns the cookie of a loaded session with its link. */
export function withLink(cookie: SessionCookie, link: Link): SessionCookie {
  return new LinkedCookie(cookie, link)
}

/**
 * Returns the link, with a value for what @fastify/session would otherwise take from its own options. A whole cookie takes
 * nothing from them: another framework may have made it, and a session cookie stays one. A cookie in part takes the
 * rest from them; its times are one: a date of its own is not given their age.
 */
function unsetOptions(cookie: SessionCookie, link: Link): Record<string, unknown> {
  if (!isWhole(cookie)) return { ...(hasTimes(cookie) && NO_END), [LINK]: link } as Record<string, unknown>
  // A literal: to spread a constant takes longer, and this is done in each request.
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

/** The years that @fastify/cookie can write: with a date beyond them it fails. */
const [FIRST_END, LAST_END] = [Date.UTC(1601, 0), Date.UTC(9999, 11, 31, 23, 59, 59, 999)]

/** Shows a cookie whose end @fastify/cookie could not write as one without an end, or as one that has ended. */
export function withWritableEnd(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  const age = cookie.originalMaxAge || cookie.maxAge
  // @fastify/session takes an age of 0 for none
  const end = typeof age === 'number' && age !== 0 ? now + age : expires
  if (end === null || (end >= FIRST_END && end <= LAST_END)) return cookie
  if (end < FIRST_END) return { ...cookie, originalMaxAge: -1 }
  const { maxAge: _, ...rest } = cookie
  return { ...rest, expires: null, originalMaxAge: null }
}

/**
 * Gives a Session that this request has made its link: `reload` of one that has ended meanwhile makes another Session of
 * the same id, from nothing but these cookie options.
 */
export function attachLinkToSession(session: object, link: Link): void {
  const name = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'cookieOpts')
  const options = name && (session as Record<symbol, unknown>)[name]
  if (isObject(options)) Object.defineProperty(options, LINK, { value: link, enumerable: true })
}

/** The link that came with a session: to the Session made from a loaded one, or to what `get` gave itself. */
export function attachedLink(session: { cookie?: unknown }): Link | undefined {
  return carrierIn(session)?.[LINK]
}

/**
 * The session with what @fastify/session's cookie cannot hold of the loaded one: the app has not deleted it. (Its Cookie
 * knows no `priority`, which browsers honour and Express and Koa can set.)
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
  if (lastFound !== undefined && isCarrier(held[lastFound])) return held[lastFound] as Carrier
  if (isCarrier(session.cookie)) return session.cookie
  const symbol = Object.getOwnPropertySymbols(session).find((own) => isCarrier(held[own]))
  if (symbol === undefined) return undefined
  lastFound = symbol
  return held[symbol] as Carrier
}

function isCarrier(value: unknown): value is Carrier {
  return isObject(value) && LINK in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
