import type { StoredRecord } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie, sameCookie } from './cookie.ts'
import { type ExpiryPolicy, earlier, lifetimeEnd } from './expiry.ts'
import type { LinkedRecord } from './link.ts'
import { type DataText, dataFrom, type Fields, fieldsOf, type SessionData, takeApart } from './session-record.ts'

/** A session as it was read: its data, and what they came from. */
export interface LoadedSession {
  data: Record<string, unknown>
  base: LinkedRecord
}

/** Says of a key whether the framework's session object cannot hold it. */
export type Withholds = (key: string) => boolean

/** How records become sessions. */
export interface Opening {
  now: number
  policy: ExpiryPolicy
  withholds: Withholds | undefined
}

/** Opens a record; null where it is no session. */
export function open(record: StoredRecord, { now, policy, withholds }: Opening): LoadedSession | null {
  // Before the value is taken apart, from which a driver may still have to make the text.
  const { json, revision } = record
  const parts = takeApart(valueIn(record))
  if (!parts) return null
  const { data, created } = parts
  const cookie = withSoundAge(parts.cookie)
  // A touch by an app that knows no limit may have moved the record's own end beyond it.
  const end = record.expires ?? cookieExpires(cookie)
  const expires = earlier(end, lifetimeEnd(created, policy))
  const shown = withAge(cookie, expires, now)
  const withheld = withheldFrom(data, withholds)
  return { data, base: { json, cookie, shown, withheld, created, expires, isOverdue: end !== expires, revision } }
}

/** The session as its framework can hold it; uses the loaded data up. */
export function present({ data, base }: LoadedSession): SessionData {
  if (base.withheld) for (const key of base.withheld.keys()) delete data[key]
  return presentWhole({ data, base })
}

/** The session with all its keys, for a list; uses the loaded data up. */
export function presentWhole({ data, base }: LoadedSession): SessionData {
  const dated = base.expires !== null && hasExpiry(base.cookie)
  data.cookie = dated ? { ...base.shown, expires: new Date(base.expires as number) } : { ...base.shown }
  return data as SessionData
}

/** A key that the framework could not show was not deleted. */
export function withWithheld(data: DataText, { withheld }: LinkedRecord): DataText {
  return withheld ? dataFrom(new Map([...fieldsOf(data), ...withheld])) : data
}

/** Whether the cookie of a session object still means what it meant when it was loaded or saved. */
export function isCookieOf(base: LinkedRecord, cookie: SessionCookie): boolean {
  return sameCookie(cookie, base.shown) || sameCookie(cookie, base.cookie)
}

export function dataIn({ json }: LinkedRecord): DataText {
  return JSON.stringify(takeApart(JSON.parse(json))?.data)
}

/** A record's value; undefined where its text is not JSON. */
export function valueIn(record: StoredRecord): unknown {
  if (record.value !== undefined) return record.value
  try {
    return JSON.parse(record.json)
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

function withheldFrom(data: Record<string, unknown>, withholds: Withholds | undefined): Fields | null {
  if (!withholds) return null
  let withheld: Fields | null = null
  for (const key in data) {
    if (!withholds(key)) continue
    withheld ??= new Map()
    withheld.set(key, JSON.stringify(data[key]))
  }
  return withheld
}
