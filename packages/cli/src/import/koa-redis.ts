import type { Found, SourceFlags } from './found.ts'
import { inRedis } from './redis.ts'

/** A session as koa-session passes it to a store. */
interface KoaSession {
  _expire?: unknown
  _maxAge?: unknown
  _session?: unknown
}

/**
 * Reads koa-redis, which stores the JSON of a session at its id, with an expiry of the key. A prefix comes from
 * koa-session and is part of the id.
 */
export async function* koaRedis(url: string, { prefix = '' }: SourceFlags): AsyncGenerator<Found> {
  for await (const { key, value, expires } of inRedis(url, prefix)) {
    if (isKoaSession(value)) yield { sid: key, session: withCookie(value), expires: endOf(value) ?? expires }
    else if (prefix !== '') yield { sid: key, session: undefined, expires }
  }
}

function isKoaSession(value: unknown): value is KoaSession {
  return typeof value === 'object' && value !== null && ('_expire' in value || '_session' in value)
}

/** Returns the expiry that koa-session uses. The expiry of the key is ten seconds later. */
function endOf({ _expire: end }: KoaSession): number | undefined {
  return typeof end === 'number' ? end : undefined
}

function withCookie({ _expire: end, _maxAge: age, _session, ...data }: KoaSession): object {
  const isTimed = typeof end === 'number' && typeof age === 'number'
  return { ...data, cookie: { originalMaxAge: isTimed ? age : null, expires: isTimed ? new Date(end) : null } }
}
