import { LAST_DATE, type StoredRecord, valueIn } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie, soundCookie } from './cookie.ts'
import { isTooDeep } from './depth.ts'
import { UnreadableRecordError } from './errors.ts'
import { earlier, type LifetimeLimit, lifetimeEnd } from './expiry.ts'
import type { IsReservedKey } from './merge.ts'
import { type OpenedRecord, openedBy, type Seal } from './seal.ts'
import { partsOf, type SessionRecord, type Version } from './session-record.ts'
import { leastEndOf, type ShowCookie, shownCookie } from './shown-cookie.ts'

/** The app's keys in a session if the app declares no types. */
// biome-ignore lint/suspicious/noExplicitAny: an app may keep values of any type in a session
export type AnyData = Record<string, any>

/** A session as the app gets it: its own keys and the cookie. */
export type SessionData<Data extends object = AnyData> = Data & {
  /** The session’s cookie. */
  cookie: SessionCookie
}

/** The function passed to `update`, which changes the session or returns another. */
export type ChangeSession<Data extends object = AnyData> = (
  session: SessionData<Data>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that changes its argument returns nothing
) => SessionData<Data> | void | Promise<SessionData<Data> | void>

/** A record that was read, with the app's keys from it. */
export interface LoadedSession {
  record: SessionRecord
  data: Record<string, unknown>
}

/** The time and the settings with which a record is read as a session. */
export interface Opening {
  now: number
  policy: LifetimeLimit
  showCookie?: ShowCookie | undefined
}

/**
 * Reads a record as a session. Returns null if it is not a JSON object.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know, or more levels than a framework can
 * handle
 */
export function loadedSession(
  id: string,
  stored: OpenedRecord,
  { now, policy, showCookie }: Opening,
): LoadedSession | null {
  // Read before `partsOf` mutates the value, because a driver may calculate text and revision from the value on demand.
  const { json: text } = stored
  // A plain field is copied, because the driver may change its object. A getter is kept: it is called when the revision
  // is needed.
  const version: Version = Object.hasOwn(stored, 'revision') ? { revision: stored.revision } : stored
  const parts = partsOf(valueIn(stored), id)
  if (!parts) return null
  if (isTooDeep(text)) throw new UnreadableRecordError('deep')
  const { data, created } = parts
  const cookie = soundCookie(parts.cookie)
  // Another app may have extended the record beyond this store's `maxLifetime`.
  const end = stored.expires === null ? cookieExpires(cookie) : Math.min(stored.expires, LAST_DATE)
  const expires = earlier(end, lifetimeEnd(created, policy))
  const shown = shownCookie(cookie, expires, now, showCookie)
  const leastEnd = leastEndOf(cookie, expires, now)
  const exceedsMaxLifetime = end !== expires
  return { data, record: { id, text, cookie, shown, created, expires, leastEnd, exceedsMaxLifetime, version } }
}

/** Returns the session in a record of a bank; null if it cannot be read with these options. */
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

/** Returns the session as its framework can hold it: without reserved keys. Consumes the loaded data. */
export function toSession({ record, data }: LoadedSession, isReserved?: IsReservedKey): SessionData {
  if (isReserved) for (const key in data) if (isReserved(key)) delete data[key]
  const { expires, shown } = record
  data.cookie = expires !== null && hasExpiry(shown) ? { ...shown, expires: new Date(expires) } : { ...shown }
  return data as SessionData
}
