import { checkedExpiry, type Revision, toTime, type ValueCodec } from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { isObject } from './session-record.ts'

type PlainValue = Record<string, unknown> & { cookie?: unknown; _bank?: unknown }

/**
 * The form of a session in a plain databank. connect-databank looks for the expiry in the value's own `cookie.expires`;
 * an expiry that only comes from `ttl` is stored as `_bank.expires`.
 */
export const plainValue: ValueCodec = {
  encode: (value, id, expires) => (isObject(value) ? withExpiry(value, id, expires) : value),
  idIn: idOf,
  expiresIn: expiryIn,
  valueIn: withoutOurs,
  revisionOf,
}

/**
 * Returns the content itself as the revision. If the cookie has an age, its expiry is left out, because a touch moves
 * it. The store writes the cookie after the data, so the last match of its text is the right one.
 */
function revisionOf(json: string, value: unknown): Revision {
  if (!isObject(value) || !isObject(value.cookie)) return json
  const { originalMaxAge, expires } = value.cookie
  if (originalMaxAge == null || expires == null) return json
  const text = `"expires":${JSON.stringify(expires)}`
  const at = json.indexOf(text, json.lastIndexOf('"cookie":{'))
  return at === -1 ? json : json.slice(0, at) + json.slice(at + text.length)
}

function expiryIn(stored: unknown): number | null {
  if (!isObject(stored)) return null
  const ours = isObject(stored._bank) ? stored._bank.expires : undefined
  if (ours === null) return null
  return cookieTime(stored) ?? (typeof ours === 'number' && !Number.isNaN(ours) ? checkedExpiry(ours) : null)
}

function cookieTime(value: PlainValue): number | null {
  return isObject(value.cookie) ? toTime((value.cookie as SessionCookie).expires) : null
}

function idOf(stored: unknown): string | null {
  if (!isObject(stored)) return null
  const id = isObject(stored._bank) && stored._bank.id !== undefined ? stored._bank.id : stored.sid
  return typeof id === 'string' ? id : null
}

/** Adds the expiry to the value, in the form in which the bank holds it. */
function withExpiry(value: PlainValue, id: string, expires: number | null): PlainValue {
  const own = cookieTime(value)
  const ours: Record<string, unknown> = isObject(value._bank) ? { ...value._bank } : {}
  if (own !== null && expires !== null && own !== expires) {
    value.cookie = { ...(value.cookie as SessionCookie), expires: new Date(expires).toISOString() }
  }
  if ((own === null) !== (expires === null)) ours.expires = expires
  if (value.sid !== id) ours.id = id
  if (Object.keys(ours).length > 0) value._bank = ours
  return value
}

/** Removes the keys that {@link withExpiry} added. */
function withoutOurs(stored: unknown): unknown {
  if (!isObject(stored) || !isObject(stored._bank)) return stored
  const ours = stored._bank
  if (ours.expires !== undefined) delete ours.expires
  // `withExpiry` adds an id only if it differs from `sid`. An equal one is part of the text, because the app has its
  // own key `sid`.
  if (ours.id !== undefined && stored.sid !== ours.id) delete ours.id
  for (const _ in ours) return stored
  delete stored._bank
  return stored
}
