import { cookieExpires, hasExpiry, type SessionCookie } from './cookie.ts'
import { earlier, expiryOf, isoTime, leastMove, lifetimeEnd, renewedExpiry } from './expiry.ts'
import { changedInPlace, fieldsIn, objectWith } from './json-fields.ts'
import { changedKeys, type IsReservedKey, merge } from './merge.ts'
import type { Settings } from './options.ts'
import type { Seal } from './seal.ts'
import { type DataText, dataFieldsIn, dataIn, endOfDataIn, recordText, type SessionRecord } from './session-record.ts'
import { isCookieOf, leastEndOf } from './shown-cookie.ts'
import type { Snapshot } from './snapshot.ts'
import { type OfOneSession, settingsOf, storedTtl } from './ttl.ts'

/** The state that a request wants for a session. */
export interface Wanted {
  /** The data of its session object; null for a touch. */
  data: DataText | null
  cookie: SessionCookie
  /** True if the request uses the session and so extends its life; false for an `update`. */
  renews: boolean
}

/** The changes of one request. */
export interface Change {
  /** The record from which the session object was loaded, or as which it was last saved. */
  base: SessionRecord
  /** The keys that were changed, added or deleted since then. */
  keys: readonly string[]
  /** The data of the session object; null if they equal those in `base`. */
  data: DataText | null
  /** True if `data` equals the text of the data in `base` except for the changed keys. */
  isInPlace: boolean
  /** The cookie that the request chose; null if its cookie means the same as the one in `base`. */
  cookie: SessionCookie | null
  /** The cookie of the session object. Frameworks move its expiry. */
  shown: SessionCookie
  renews: boolean
  isReserved: IsReservedKey | undefined
  /** True for a save, which also writes an unchanged record if it is not sealed with the newest key. */
  saves: boolean
}

/** The decision on a record. */
export type NextRecord =
  | { action: 'write'; record: SessionRecord; extend: boolean }
  | { action: 'touch'; record: SessionRecord; extend: boolean }
  | { action: 'nothing' }

/** Input of a decision in addition to the records: the time in ms since the epoch, and the store's options. */
export interface Circumstances {
  now: number
  /** Null or absent if records are not sealed. */
  seal?: Pick<Seal, 'isOutdated'> | null
  settings: Pick<Settings, 'onConflict' | 'maxLifetime' | 'touchAfter' | 'ttl'>
}

type OneSession = OfOneSession<Circumstances['settings']>

/** Compares a session object with the record from which it was loaded, or as which it was last saved. */
export function changeOf(base: SessionRecord, wanted: Wanted, isReserved?: IsReservedKey): Change {
  const { data, cookie: shown, renews } = wanted
  const cookie = isCookieOf(base, shown) ? null : shown
  const inPlace = data === null ? [] : changedInPlace(base.text, endOfDataIn(base), data)
  const keys = inPlace ?? changedKeys(dataFieldsIn(base), fieldsIn(data as DataText), isReserved)
  const isChanged = keys.length > 0
  const saves = data !== null
  return {
    base,
    keys,
    data: isChanged ? data : null,
    isInPlace: inPlace !== null,
    cookie,
    shown,
    renews,
    isReserved,
    saves,
  }
}

/** Returns the record of a session that is not stored yet. */
export function newRecord(
  id: string,
  { data, cookie: shown }: Snapshot,
  { now, settings }: Circumstances,
): SessionRecord {
  const expires = expiryOf(
    shown,
    now,
    now,
    settingsOf(settings, shown, () => data),
  )
  const cookie = dated(shown, expires)
  const text = recordText(id, data, cookie, now)
  const leastEnd = leastEndOf(shown, null, now)
  return { id, text, cookie, shown, created: now, expires, leastEnd, exceedsMaxLifetime: false, version: null }
}

/**
 * Decides whether a record is written, touched or left alone. Pure: uses no bank and no clock.
 *
 * | the request changed | if the record is as it was loaded | if another request has changed it |
 * |---|---|---|
 * | nothing | touch | touch, with the life of the cookie that is stored now |
 * | keys | write | write these keys over the stored ones |
 * | keys, `overwrite` | write | write all keys of this request |
 * | the cookie | write | write the cookie, keep the stored keys |
 *
 * A record is also written if it has no creation time and `maxLifetime` is set, if an `update` did not change it (the
 * write shows whether another writer came in between), and if a save finds that it is not sealed with the newest key. A
 * touch that moves the expiry by less than `touchAfter` is not written.
 *
 * The expiry follows from the written cookie. `extend` keeps a later stored expiry. It is false if this request chose
 * the life, by its cookie or by keys on which `ttl` depends, or if `maxLifetime` requires an earlier expiry.
 *
 * @throws InvalidOptionError if `ttl` is a function that throws or returns an invalid value
 */
export function nextRecord(stored: SessionRecord, change: Change, circumstances: Circumstances): NextRecord {
  const { now, settings: all } = circumstances
  const created = stored.created ?? (all.maxLifetime === false ? null : now)
  const chosen = change.cookie ?? stored.cookie
  const settings = settingsOf(all, chosen, () => nextData(stored, change, all))
  const isChosen = change.cookie !== null || changesTtl(stored, change, settings, all)
  const expires = isChosen
    ? expiryOf(chosen, created, now, settings)
    : nextExpiry(stored, created, change, now, settings)
  const limit = lifetimeEnd(created, settings)
  const extend = !isChosen && (limit === null || expires !== limit)
  const { version } = stored
  const isSealedOtherwise = change.saves && version !== null && circumstances.seal?.isOutdated(version) === true
  const isChanged = change.keys.length > 0 || change.cookie !== null || created !== stored.created
  if (isChanged || !change.renews || isSealedOtherwise) {
    const cookie = dated(chosen, expires)
    const text = recordText(stored.id, nextData(stored, change, settings), cookie, created)
    const { shown } = change
    // If the app chose an expiry before the age is over, the next save must still recognize it as the app's choice.
    const leastEnd = leastEndOf(shown, change.cookie ? null : cookieExpires(shown), now)
    const record = { ...stored, text, cookie, shown, created, expires, leastEnd, exceedsMaxLifetime: false }
    return { action: 'write', record, extend }
  }
  if (!isWorthATouch(stored, expires, settings)) return { action: 'nothing' }
  const leastEnd = leastEndOf(change.shown, cookieExpires(change.shown), now)
  return { action: 'touch', record: { ...stored, expires, leastEnd, exceedsMaxLifetime: false }, extend }
}

/** Returns whether the request changed keys on which the session's `ttl` depends. */
function changesTtl(
  stored: SessionRecord,
  { keys }: Change,
  { ttl }: OneSession,
  all: Circumstances['settings'],
): boolean {
  if (typeof all.ttl !== 'function' || keys.length === 0 || hasExpiry(stored.cookie)) return false
  return storedTtl(all, stored) !== ttl
}

function nextData(stored: SessionRecord, change: Change, settings: Pick<Settings, 'onConflict'>): DataText {
  const { base, data, keys, isReserved } = change
  if (data === null) return dataIn(stored)
  if (change.isInPlace && stored === base) return data
  const [theirs, mine] = [dataFieldsIn(stored), fieldsIn(data)]
  const overwrites = settings.onConflict === 'overwrite'
  return objectWith(merge(theirs, mine, overwrites ? changedKeys(theirs, mine, isReserved) : keys))
}

/** @param created the creation time, which the stored record may lack */
function nextExpiry(
  stored: SessionRecord,
  created: number | null,
  change: Change,
  now: number,
  settings: OneSession,
): number | null {
  const { cookie, expires } = stored
  if (!change.renews) return earlier(expires, lifetimeEnd(created, settings))
  const renewed = renewedExpiry(cookie, expires, created, now, settings)
  if (renewed === null || typeof cookie.originalMaxAge !== 'number' || !isSameVersion(stored, change.base))
    return renewed
  // The framework may have moved the expiry of its cookie further.
  const moved = cookieExpires(change.shown)
  return moved === null || moved <= renewed ? renewed : expiryOf({ expires: moved }, created, now, settings)
}

function isSameVersion(a: SessionRecord, b: SessionRecord): boolean {
  return a === b || a.version?.revision === b.version?.revision
}

/** Returns the cookie with the record's expiry, unless it is a session cookie. */
function dated(cookie: SessionCookie, expires: number | null): SessionCookie {
  return expires !== null && hasExpiry(cookie) ? { ...cookie, expires: isoTime(expires) } : cookie
}

function isWorthATouch(stored: SessionRecord, expires: number | null, settings: OneSession): boolean {
  if (stored.exceedsMaxLifetime) return true
  if (stored.expires === null || expires === null) return stored.expires !== expires
  return stored.expires !== expires && Math.abs(expires - stored.expires) >= leastMove(stored.cookie, settings)
}
