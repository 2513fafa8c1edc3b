import {
  causeNotJson,
  LAST_DATE,
  type Revision,
  type StoredRecord,
  valueIn,
  whyNotJson,
} from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { InvalidSessionError, UnreadableRecordError } from './errors.ts'
import { type Fields, fieldsIn, objectWith } from './json-fields.ts'
import { isHashedId } from './stored-ids.ts'

/** A record is `{...data, cookie, sid}`, flat, as connect-databank wrote it. This key holds all that the store adds. */
export const RESERVED_KEY = '_bank'

/** Checks of the values under the reserved key. Any other key or value comes from an unknown version. */
const RESERVED: Record<string, (value: unknown) => boolean> = {
  created: isTime,
  expires: (value) => isTime(value) || value === null,
  id: (value) => typeof value === 'string',
  hashed: (value) => value === true,
}

/** Returns whether a Date can hold the value. `JSON.parse` reads `1e999` as infinity, which JSON cannot hold. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= LAST_DATE
}

/** The app's own keys, as the text of a JSON object. */
export type DataText = string

/** Distinguishes this version of a record from all others. Some drivers calculate the revision in a getter. */
export interface Version extends Pick<StoredRecord, 'revision'> {
  /** The id of the key with which the record is sealed; absent if it is not sealed. */
  readonly sealedBy?: string | undefined
}

/** A session as the bank holds it, or as this request last wrote it. */
export interface SessionRecord {
  /** The bank's id: the session id, or its hashed form. */
  id: string
  /** The record's text: as the bank holds it, or as this request wrote it, without merged keys of other requests. */
  text: string
  /** The stored cookie. */
  cookie: SessionCookie
  /** The cookie as the framework got it, with the true expiry. */
  shown: SessionCookie
  /** When the session was created, in ms since the epoch; null if the record does not contain it. */
  created: number | null
  /** Expiry, in ms since the epoch; null: never. */
  expires: number | null
  /** The earliest expiry that the framework itself sets in its cookie, in ms since the epoch; null: unknown. */
  leastEnd: number | null
  /** True if the bank's expiry is later than `maxLifetime` allows. */
  exceedsMaxLifetime: boolean
  /** The bank's version at that time. Null after a merge: no write can match it, so the next save reads first. */
  version: Version | null
}

/** The parts of a record. */
export interface RecordParts {
  /** The app's keys: the parsed record itself, without the store's keys. */
  data: Record<string, unknown>
  cookie: SessionCookie
  created: number | null
}

/**
 * Splits a parsed record into its parts (mutating it). Returns null if it is not an object.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know
 */
export function partsOf(record: unknown, id: string): RecordParts | null {
  if (!isObject(record)) return null
  const { cookie, [RESERVED_KEY]: reserved } = record
  assertKnown(reserved, id)
  // Deletes the last key first: V8 then keeps the object in its fast mode.
  if (reserved !== undefined) delete record[RESERVED_KEY]
  if (record.sid === id && reserved?.id === undefined) delete record.sid
  delete record.cookie
  const created = typeof reserved?.created === 'number' ? reserved.created : null
  return { data: record, cookie: isObject(cookie) ? (cookie as SessionCookie) : {}, created }
}

/** Returns the app's keys in a record, with the unchanged text of their values. */
export function dataFieldsIn({ text, id }: SessionRecord): Fields {
  const fields = fieldsIn(text)
  const reserved = fields.get(RESERVED_KEY)
  const own = fields.get('sid')
  if (own !== undefined && JSON.parse(own) === id && !(reserved && JSON.parse(reserved).id !== undefined)) {
    fields.delete('sid')
  }
  fields.delete('cookie')
  fields.delete(RESERVED_KEY)
  return fields
}

/** Returns the text of a record. The data come first, so that {@link endOfDataIn} finds their end without parsing. */
export function recordText(id: string, data: DataText, cookie: SessionCookie, created: number | null): string {
  const own = ownSid(data)
  const ours = reservedText(created, isHashedId(id), own === id ? id : null)
  return `${opened(data)}"cookie":${cookieText(cookie)}${own === undefined ? `,"sid":${JSON.stringify(id)}` : ''}${ours}}`
}

/** A cookie as frameworks write it: without nested objects, so that the match is a single value. */
const FLAT = /^\{[^{}]*\}$/
const COOKIE = ',"cookie":'
/** The store's keys as JSON text, and the start of an escape, which may spell such a key differently. */
const OURS = ['"cookie"', '"sid"', `"${RESERVED_KEY}"`, '\\u']

/**
 * Returns where the app's keys end in a record that this store wrote; -1 if another program may have written it. That
 * program may have used another order, or repeated one of the store's keys among the app's.
 */
export function endOfDataIn({ text, id, created }: SessionRecord): number {
  const rest = `,"sid":${JSON.stringify(id)}${reservedText(created, isHashedId(id), null)}}`
  if (!text.endsWith(rest)) return -1
  const end = text.lastIndexOf(COOKIE, text.length - rest.length)
  return FLAT.test(text.slice(end + COOKIE.length, -rest.length)) ? end : -1
}

/** Returns the app's keys in a record as the text of a JSON object, with the unchanged text of their values. */
export function dataIn(record: SessionRecord): DataText {
  const data = record.text.slice(0, endOfDataIn(record) + 1)
  if (data === '' || OURS.some((key) => data.includes(key))) return objectWith(dataFieldsIn(record))
  return `${data.slice(0, -1)}}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Marks a record that is stored under a hashed id, so that no store takes that id for a session id. */
const MARK = ',"hashed":true'

function reservedText(created: number | null, isHashed: boolean, id: string | null): string {
  if (created !== null && id === null) return `,"${RESERVED_KEY}":{"created":${created}${isHashed ? MARK : ''}}`
  if (created === null && id === null && !isHashed) return ''
  const reserved = {
    ...(created !== null && { created }),
    ...(isHashed && { hashed: true }),
    ...(id !== null && { id }),
  }
  return `,"${RESERVED_KEY}":${JSON.stringify(reserved)}`
}

/** The end of most records that this version writes. `JSON.parse` keeps the last of duplicate keys. */
const KNOWN_END = /,"_bank":\{"created":\d+\}\}$/

/**
 * Returns the revision of the record that is stored under an id, even if it is not a session.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know
 */
export function knownRevision(id: string, stored: StoredRecord): Revision {
  const { json, revision } = stored
  const value = KNOWN_END.test(json) && !isHashedId(id) ? null : valueIn(stored)
  if (isObject(value)) assertKnown(value[RESERVED_KEY], id)
  return revision
}

function assertKnown(reserved: unknown, id: string): asserts reserved is Record<string, unknown> | undefined {
  const isMarked = isObject(reserved) && reserved.hashed !== undefined
  if (isMarked !== isHashedId(id)) throw new UnreadableRecordError('unknown')
  if (reserved === undefined) return
  if (!isObject(reserved)) throw new UnreadableRecordError('unknown')
  if (Object.hasOwn(reserved, 'sealed')) throw new UnreadableRecordError('noKeys')
  for (const key in reserved) {
    if (!Object.hasOwn(RESERVED, key) || !RESERVED[key]?.(reserved[key])) throw new UnreadableRecordError('unknown')
  }
}

/** Returns the value of the app's own key `sid`; undefined if it has none. Nearly all texts do not contain `"sid"`. */
function ownSid(data: DataText): unknown {
  if (!data.includes('"sid"')) return undefined
  const own = fieldsIn(data).get('sid')
  return own === undefined ? undefined : JSON.parse(own)
}

function cookieText(cookie: SessionCookie): string {
  try {
    return JSON.stringify(cookie)
  } catch (error) {
    throw new InvalidSessionError(`the session's cookie cannot be stored as JSON: ${whyNotJson(error)}`, {
      cause: causeNotJson(error),
    })
  }
}

/** Returns the text of an object up to the position at which another key can be added. */
function opened(data: DataText): string {
  return data === '{}' ? '{' : `${data.slice(0, -1)},`
}
