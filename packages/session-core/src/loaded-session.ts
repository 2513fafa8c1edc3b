import { LAST_DATE, type StoredRecord } from '@sessionbank/databank-kit'
import {
  cookieExpires,
  hasExpiry,
  isFixed,
  LONGEST_AGE,
  SAME_AGE,
  type SessionCookie,
  sameCookie,
  soundCookie,
} from './cookie.ts'
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

/**
 * Returns a loaded cookie as a framework needs it. A save that brings it back as it was shown changes nothing.
 *
 * @param expires when the session ends; null: never
 */
export type ShowCookie = (cookie: SessionCookie, expires: number | null, now: number) => SessionCookie

/** How records become sessions. */
export interface Opening {
  now: number
  policy: ExpiryPolicy
  withholds: Withholds | undefined
  showCookie: ShowCookie | undefined
}

/** Opens a record; null where it is no session. */
export function open(record: StoredRecord, { now, policy, withholds, showCookie }: Opening): LoadedSession | null {
  // Before the value is taken apart, from which a driver may still have to make the text.
  const { json, revision } = record
  const parts = takeApart(valueIn(record))
  if (!parts) return null
  const { data, created } = parts
  const cookie = soundCookie(parts.cookie)
  // A touch by an app that knows no limit may have moved the record's own end beyond it.
  const end = record.expires === null ? cookieExpires(cookie) : Math.min(record.expires, LAST_DATE)
  const expires = earlier(end, lifetimeEnd(created, policy))
  const dated = withTrueDate(cookie, expires)
  const shown = showCookie ? showCookie(dated, expires, now) : dated
  const withheld = withheldFrom(data, withholds)
  const isOverdue = end !== expires
  const leastEnd = leastEndOf(cookie, expires, now)
  return { data, base: { json, cookie, shown, withheld, created, expires, leastEnd, isOverdue, revision } }
}

/** The session as its framework can hold it; uses the loaded data up. */
export function present({ data, base }: LoadedSession): SessionData {
  if (base.withheld) for (const key of base.withheld.keys()) delete data[key]
  return presentWhole({ data, base })
}

/** The session with all its keys, for a list; uses the loaded data up. */
export function presentWhole({ data, base }: LoadedSession): SessionData {
  const dated = base.expires !== null && hasExpiry(base.shown)
  data.cookie = dated ? { ...base.shown, expires: new Date(base.expires as number) } : { ...base.shown }
  return data as SessionData
}

/** A key that the framework could not show was not deleted. */
export function withWithheld(data: DataText, { withheld }: LinkedRecord): DataText {
  return withheld ? dataFrom(new Map([...fieldsOf(data), ...withheld])) : data
}

/**
 * Whether the cookie of a session object still means what it meant when it was loaded or saved. One that ends earlier than
 * its age says does not: the app has chosen that end, or ended the session by it.
 */
export function isCookieOf(base: LinkedRecord, cookie: SessionCookie): boolean {
  if (endsEarly(base, cookie)) return false
  return sameCookie(cookie, base.shown) || sameCookie(cookie, base.cookie)
}

function endsEarly({ leastEnd }: LinkedRecord, cookie: SessionCookie): boolean {
  const { originalMaxAge: age } = cookie
  if (typeof age !== 'number') return false
  if (age <= 0) return true
  if (leastEnd === null) return false
  const end = cookieExpires(cookie)
  return end !== null && end < leastEnd - SAME_AGE
}

/**
 * Returns the earliest end that a framework itself gives a cookie from now on; null if it has no age. A framework leaves
 * the end where it is, or lets the age begin anew: when the request came, or when it goes.
 *
 * @param end when the cookie ends; null: it does not say
 */
export function leastEndOf({ originalMaxAge: age }: SessionCookie, end: number | null, now: number): number | null {
  return typeof age === 'number' ? Math.min(now + age, end ?? Number.POSITIVE_INFINITY) : null
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

/** A date without an age is compared at the save: it has to be the one that the framework is shown. */
function withTrueDate(cookie: SessionCookie, expires: number | null): SessionCookie {
  return expires !== null && isFixed(cookie) ? { ...cookie, expires: new Date(expires) } : cookie
}

/**
 * For a framework that goes by a cookie's age and forgets a date: the cookie with the age that is left where only a date
 * was stored.
 */
export function withAge(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  if (expires === null || !isFixed(cookie)) return cookie
  return { ...cookie, originalMaxAge: Math.min(expires - now, LONGEST_AGE) }
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
