import { hasExpiry, isFixed } from './cookie.ts'
import { dateOf, lifetimeEnd } from './expiry.ts'
import { handleOfStored } from './handle.ts'
import type { Settings } from './options.ts'
import type { SessionRecord } from './session-record.ts'
import type { StoredIds } from './stored-ids.ts'
import { type AnyData, type LoadedSession, type SessionData, toSession } from './to-session.ts'
import { storedTtl } from './ttl.ts'

/** A session as `find` and `entries` return it. */
export interface FoundSession<Data extends object = AnyData> {
  /** Identifies the session without revealing its id; `destroyWhere` accepts it. */
  handle: string
  /** The session's id; absent with `hashIds`. */
  sid?: string
  /** The app’s keys and the cookie. */
  session: SessionData<Data>
  /** When it was first saved; null if the record does not contain it. */
  createdAt: Date | null
  /** When it was last saved or touched, with the precision of `touchAfter`; null if unknown, as for a fixed expiry. */
  lastUsedAt: Date | null
  /** When it ends unless it is used again; null: never. */
  expiresAt: Date | null
}

/** Returns a found session as the app gets it. Consumes the loaded data. */
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

/** Calculates the last use: the expiry minus the life. */
function lastUse(record: SessionRecord, now: number, settings: Settings): number | null {
  const { created, expires } = record
  const life = lifeOf(record, settings)
  if (life === null || expires === null || expires === lifetimeEnd(created, settings)) return null
  const used = expires - life
  // A time in the future means that another store, or an earlier setting, chose a longer life.
  return used > now ? null : Math.max(used, created ?? used)
}

/** Returns how long the session lives from its last use, in ms; null if its expiry is fixed or it has none. */
function lifeOf(record: SessionRecord, settings: Settings): number | null {
  const { cookie } = record
  const age = cookie.originalMaxAge
  if (typeof age === 'number') return hasExpiry(cookie) ? age : null
  return isFixed(cookie) ? null : storedTtl(settings, record) || null
}
