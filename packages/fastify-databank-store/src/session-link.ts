import { type Link, SessionbankError } from '@sessionbank/session-core'

/**
 * Carries a session's link from `get` to `set`: @fastify/session spreads the loaded cookie, symbols included, into the
 * cookie options that its Session keeps.
 */
const LINK = Symbol('sessionbank.link')

export class IncompatibleFrameworkError extends SessionbankError {
  constructor() {
    super(
      'SESSIONBANK_INCOMPATIBLE_FRAMEWORK',
      'this @fastify/session does not keep what the store needs to tell requests apart: use a version from 11.1.2 on that this package names as its peer dependency',
    )
  }
}

/** Gives the cookie of a loaded session its link. */
export function attachLink(cookie: object, link: Link): void {
  Object.defineProperty(cookie, LINK, { value: link, enumerable: true })
}

/**
 * Gives a Session that this request has made its link: `reload` of one that has ended meanwhile makes another Session of
 * the same id, from nothing but these cookie options.
 */
export function attachLinkToSession(session: object, link: Link): void {
  const name = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'cookieOpts')
  const options = name && (session as Record<symbol, unknown>)[name]
  if (typeof options === 'object' && options !== null) attachLink(options, link)
}

/** The link that came with a session: to the Session made from a loaded one, or to what `get` gave itself. */
export function attachedLink(session: { cookie?: unknown }): Link | undefined {
  const own = Object.getOwnPropertySymbols(session).map((symbol) => (session as Record<symbol, unknown>)[symbol])
  for (const held of [session.cookie, ...own]) {
    if (typeof held === 'object' && held !== null && LINK in held) return held[LINK] as Link
  }
  return undefined
}
