import { checkedExpiry, type Revision, toTime, type ValueCodec } from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { isObject } from './session-record.ts'

type PlainValue = Record<string, unknown> & { cookie?: unknown; _bank?: unknown }

/**
 * How a session lies in a plain databank. The expiry stands where connect-databank looks for it, in the value's own
 * `cookie.expires`; one that the cookie does not have (it comes from `ttl`) in `_bank.expires`.
 */
export const plainValue: ValueCodec = {
  encode: (value, id, expires) => (isObject(value) ? withExpiry(value, id, expires) : value),
  idIn: idOf,
  expiresIn: expiryIn,
  valueIn: withoutOurs,
  revisionOf,
}

/**
 * The content itself; without the cookie's expiry where that only follows from its age, since a touch moves it. The
 * store writes the cookie behind the data, so its text is the last of its kind.
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

/** Puts the expiry into the value, which is then as the bank shall hold it. */
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

/** Takes out what {@link withExpiry} put beside the value. */
function withoutOurs(stored: unknown): unknown {
  if (!isObject(stored) || !isObject(stored._bank)) return stored
  const ours = stored._bank
  if (ours.expires !== undefined) delete ours.expires
  // Beside a `sid` that equals it, the id is the value's own: there the app has a key `sid`.
  if (ours.id !== undefined && stored.sid !== ours.id) delete ours.id
  for (const _ in ours) return stored
  delete stored._bank
  return stored
}
