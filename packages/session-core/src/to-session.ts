import type { StoredRecord } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie } from './cookie.ts'
import { type ExpiryPolicy, earlier, lifetimeEnd } from './expiry.ts'
import type { IsReservedKey } from './merge.ts'
import { partsOf, type SessionRecord } from './session-record.ts'

/** A session as the app sees it; where several are listed, each has its `sid`. */
export interface SessionData {
  cookie: SessionCookie
  // biome-ignore lint/suspicious/noExplicitAny: what an app keeps in a session is its own business
  [key: string]: any
}

/** A record that was read, and the app's keys in it. */
export interface LoadedSession {
  record: SessionRecord
  data: Record<string, unknown>
}

/**
 * Reads a record as a session. Returns null if it is not a JSON object.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know
 */
export function loadedSession(
  sid: string,
  stored: StoredRecord,
  { now, policy }: { now: number; policy: ExpiryPolicy },
): LoadedSession | null {
  // Before the value is split, from which a driver may still have to make the text.
  const { json: text, revision } = stored
  const parts = partsOf(valueIn(stored), sid)
  if (!parts) return null
  const { data, created } = parts
  const cookie = withSoundAge(parts.cookie)
  // An app without a limit may have moved the record's own expiry beyond it.
  const end = stored.expires ?? cookieExpires(cookie)
  const expires = earlier(end, lifetimeEnd(created, policy))
  const shown = withAge(cookie, expires, now)
  return { data, record: { sid, text, cookie, shown, created, expires, exceedsMaxLifetime: end !== expires, revision } }
}

/** Returns the session as its framework can hold it: without reserved keys. Uses up the loaded data. */
export function toSession({ record, data }: LoadedSession, isReserved?: IsReservedKey): SessionData {
  if (isReserved) for (const key in data) if (isReserved(key)) delete data[key]
  const { cookie, expires, shown } = record
  data.cookie = expires !== null && hasExpiry(cookie) ? { ...shown, expires: new Date(expires) } : { ...shown }
  return data as SessionData
}

/** Returns a record's parsed value; undefined if its text is not JSON. */
export function valueIn(stored: StoredRecord): unknown {
  if (stored.value !== undefined) return stored.value
  try {
    return JSON.parse(stored.json)
  } catch {
    return undefined
  }
}

/** The cookie without an age that is none: frameworks would fail, or hang, on it. */
function withSoundAge(cookie: SessionCookie): SessionCookie {
  const { originalMaxAge } = cookie
  if (originalMaxAge == null || Number.isFinite(originalMaxAge)) return cookie
  return { ...cookie, originalMaxAge: null }
}

/** The cookie with an age where only a date was stored: Express and Koa go by the age. */
function withAge(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  if (typeof cookie.originalMaxAge === 'number' || expires === null || !hasExpiry(cookie)) return cookie
  return { ...cookie, expires: new Date(expires), originalMaxAge: expires - now }
}
