import { hasExpiry, isFixed } from './cookie.ts'
import { dateOf, lifetimeEnd } from './expiry.ts'
import { handleOfStored } from './handle.ts'
import type { Settings } from './options.ts'
import type { SessionRecord } from './session-record.ts'
import type { StoredIds } from './stored-ids.ts'
import { type AnyData, type LoadedSession, type SessionData, toSession } from './to-session.ts'
import { storedTtl } from './ttl.ts'

/** A session as `find` and `entries` give it. */
export interface FoundSession<Data extends object = AnyData> {
  /** Names the session where its id must not be shown; `destroyWhere` takes it. */
  handle: string
  /** The session's id; absent with `hashIds`. */
  sid?: string
  /** The app’s keys and the cookie. */
  session: SessionData<Data>
  /** When it was saved first; null if the record does not say. */
  createdAt: Date | null
  /** When it was saved or touched last, exact to `touchAfter`; null if that cannot be told, as for a fixed end. */
  lastUsedAt: Date | null
  /** When it ends unless it is used; null: never. */
  expiresAt: Date | null
}

/** Returns what is known of a session that was found. Uses up the loaded data. */
export function foundSession(
  loaded: LoadedSession,
  { now, settings, ids }: { now(): number; settings: Settings; ids: StoredIds },
): FoundSession {
  const { id, created, expires } = loaded.record
  return {
    handle: handleOfStored(id),
    ...(ids.isShown(id) && { sid: id }),
    session: toSession(loaded),
    createdAt: dateOf(created),
    lastUsedAt: dateOf(lastUse(loaded.record, now(), settings)),
    expiresAt: dateOf(expires),
  }
}

/** Returns the end less the life, which began at the last use. */
function lastUse(record: SessionRecord, now: number, settings: Settings): number | null {
  const { created, expires } = record
  const life = lifeOf(record, settings)
  if (life === null || expires === null || expires === lifetimeEnd(created, settings)) return null
  const used = expires - life
  // Later than now: another store, or an earlier setting, gave it a longer life.
  return used > now ? null : Math.max(used, created ?? used)
}

/** Returns how long the session lives from a use on, in ms; null if its end is fixed or it has none. */
function lifeOf(record: SessionRecord, settings: Settings): number | null {
  const { cookie } = record
  const age = cookie.originalMaxAge
  if (typeof age === 'number') return hasExpiry(cookie) ? age : null
  return isFixed(cookie) ? null : storedTtl(settings, record) || null
}
