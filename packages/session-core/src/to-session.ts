import { LAST_DATE, type StoredRecord, valueIn } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie, soundCookie } from './cookie.ts'
import { isTooDeep } from './depth.ts'
import { UnreadableRecordError } from './errors.ts'
import { earlier, type LifetimeLimit, lifetimeEnd } from './expiry.ts'
import type { IsReservedKey } from './merge.ts'
import { type OpenedRecord, openedBy, type Seal } from './seal.ts'
import { partsOf, type SessionRecord, type Version } from './session-record.ts'
import { leastEndOf, type ShowCookie, shownCookie } from './shown-cookie.ts'

/** What an app keeps in a session, if it does not say. */
// biome-ignore lint/suspicious/noExplicitAny: what an app keeps in a session is its own business
export type AnyData = Record<string, any>

/** A session as the app sees it: its own keys and the cookie. */
export type SessionData<Data extends object = AnyData> = Data & {
  /** The session’s cookie. */
  cookie: SessionCookie
}

/** What `update` calls: it changes the session, or returns another. */
export type ChangeSession<Data extends object = AnyData> = (
  session: SessionData<Data>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that changes its argument returns nothing
) => SessionData<Data> | void | Promise<SessionData<Data> | void>

/** A record that was read, and the app's keys in it. */
export interface LoadedSession {
  record: SessionRecord
  data: Record<string, unknown>
}

/** How records become sessions. */
export interface Opening {
  now: number
  policy: LifetimeLimit
  showCookie?: ShowCookie | undefined
}

/**
 * Reads a record as a session. Returns null if it is not a JSON object.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know, or more levels than a framework can serve
 */
export function loadedSession(
  id: string,
  stored: OpenedRecord,
  { now, policy, showCookie }: Opening,
): LoadedSession | null {
  // Before the value is split, from which a driver may still have to make the text and its revision.
  const { json: text } = stored
  // A field may change with the driver's own object; a getter is asked for the revision of this text when it is needed.
  const version: Version = Object.hasOwn(stored, 'revision') ? { revision: stored.revision } : stored
  const parts = partsOf(valueIn(stored), id)
  if (!parts) return null
  if (isTooDeep(text)) throw new UnreadableRecordError('deep')
  const { data, created } = parts
  const cookie = soundCookie(parts.cookie)
  // An app without a limit may have moved the record's own expiry beyond it.
  const end = stored.expires === null ? cookieExpires(cookie) : Math.min(stored.expires, LAST_DATE)
  const expires = earlier(end, lifetimeEnd(created, policy))
  const shown = shownCookie(cookie, expires, now, showCookie)
  const leastEnd = leastEndOf(cookie, expires, now)
  const exceedsMaxLifetime = end !== expires
  return { data, record: { id, text, cookie, shown, created, expires, leastEnd, exceedsMaxLifetime, version } }
}

/** Returns the session in a record of a bank; null if it is none that these options can read. */
export function readableSession(
  id: string,
  stored: StoredRecord,
  { now, seal, settings: policy }: { now(): number; seal: Seal | null; settings: LifetimeLimit },
): LoadedSession | null {
  try {
    return loadedSession(id, openedBy(seal, id, stored), { now: now(), policy })
  } catch {
    return null
  }
}

/** Returns the session as its framework can hold it: without reserved keys. Uses up the loaded data. */
export function toSession({ record, data }: LoadedSession, isReserved?: IsReservedKey): SessionData {
  if (isReserved) for (const key in data) if (isReserved(key)) delete data[key]
  const { expires, shown } = record
  data.cookie = expires !== null && hasExpiry(shown) ? { ...shown, expires: new Date(expires) } : { ...shown }
  return data as SessionData
}
