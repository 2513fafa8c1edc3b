import { InvalidOptionError } from '@sessionbank/session-core'
import { checkOptionNames } from '@sessionbank/session-core/adapter'
import * as signature from 'cookie-signature'

/** The part of Koa's context that reads and writes cookies. */
interface CookieContext {
  cookies: {
    get(name: string, options: { signed: boolean }): string | undefined
    set(name: string, value: string, options: object): unknown
  }
  sessionOptions: Record<string, unknown>
}

/** How express-session signs and names its cookie. */
export interface ExternalKeyOptions {
  /** express-session's `secret`. If there are several, the first signs and all are accepted. */
  secret: string | readonly string[]
  /** express-session's `name`. Default: `"connect.sid"`. */
  name?: string
}

/** Options of koa-session. */
export interface ExternalKey {
  /** The name of the cookie. */
  key: string
  /** False, because `externalKey` signs the cookie as express-session does. */
  signed: false
  /** Reads the session id from the cookie, and writes it there. */
  externalKey: {
    /** Returns the id in the cookie; an empty string if there is none with a valid signature. */
    get(ctx: CookieContext): string
    /** Sets the cookie, with the attributes of koa-session’s options. */
    set(ctx: CookieContext, sid: string): void
  }
}

/** The cookie attributes among koa-session's options. */
const ATTRIBUTES = [
  'maxAge',
  'path',
  'domain',
  'httpOnly',
  'secure',
  'sameSite',
  'partitioned',
  'priority',
  'overwrite',
]
const PREFIX = 's:'

/**
 * Lets koa-session use express-session's signed cookie, so that both share one cookie (and with @fastify/session, if it
 * has `cookiePrefix: "s:"`).
 *
 * @returns options to spread into koa-session's options
 * @throws InvalidOptionError if the secret is missing
 * @example
 * ```ts
 * import Koa from 'koa'
 * import session from 'koa-session'
 *
 * const app = new Koa()
 * app.use(session({ store: new DatabankStore(bank), ...externalKey({ secret: 'change me' }) }, app))
 * ```
 */
export function externalKey(options: ExternalKeyOptions): ExternalKey {
  checkOptionNames(options, ['secret', 'name'])
  const { secret, name = 'connect.sid' } = options
  const secrets = typeof secret === 'string' ? [secret] : Array.isArray(secret) ? [...secret] : []
  const [first] = secrets
  if (!first || !secrets.every((one) => typeof one === 'string' && one !== '')) {
    throw new InvalidOptionError(
      'externalKey needs the secret of express-session: a non-empty string, or an array of them',
    )
  }
  if (typeof name !== 'string' || name === '')
    throw new InvalidOptionError('the name of a cookie must be a non-empty string')
  return {
    key: name,
    signed: false,
    externalKey: {
      // koa-session treats an empty key as none.
      get: (ctx) => unsigned(ctx.cookies.get(name, { signed: false }), secrets) ?? '',
      set(ctx, sid) {
        ctx.cookies.set(name, encodeURIComponent(PREFIX + signature.sign(sid, first)), cookieOptions(ctx))
      },
    },
  }
}

/** Returns the session id in a cookie's value; undefined if no secret matches its signature. */
function unsigned(value: string | undefined, secrets: readonly string[]): string | undefined {
  const signed = decoded(value)
  if (!signed?.startsWith(PREFIX)) return undefined
  for (const secret of secrets) {
    const sid = signature.unsign(signed.slice(PREFIX.length), secret)
    if (sid !== false) return sid
  }
  return undefined
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

function cookieOptions({ sessionOptions }: CookieContext): object {
  const options: Record<string, unknown> = { signed: false }
  for (const name of ATTRIBUTES) {
    if (sessionOptions[name] != null && sessionOptions[name] !== 'session') options[name] = sessionOptions[name]
  }
  return options
}
