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

/** A record is `{...data, cookie, sid}`, flat, as connect-databank wrote it, and under this key what else is ours. */
export const RESERVED_KEY = '_bank'

/** What may stand under the reserved key. Anything else was written by a version that this one does not know. */
const RESERVED: Record<string, (value: unknown) => boolean> = {
  created: isTime,
  expires: (value) => isTime(value) || value === null,
  id: (value) => typeof value === 'string',
  hashed: (value) => value === true,
}

/** Whether a Date can hold it: JSON.parse makes infinity of `1e999`, which is no JSON when it is written again. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= LAST_DATE
}

/** The app's own keys as the text of one JSON object. */
export type DataText = string

/** What tells this version of a record from any other; a driver may have to work it out. */
export interface Version extends Pick<StoredRecord, 'revision'> {
  /** Names the key that the record is sealed with; absent if it is not sealed. */
  readonly sealedBy?: string | undefined
}

/** A session as the bank holds it, or as this request wrote it last. */
export interface SessionRecord {
  /** The id of the bank: the session id, or its hashed form. */
  id: string
  /** The record's text: what the bank holds, or what this request wrote, without what was merged in. */
  text: string
  /** The cookie as it is stored. */
  cookie: SessionCookie
  /** The cookie as the framework was shown it, with its true expiry. */
  shown: SessionCookie
  /** When the session was created, in ms since the epoch; null if the record does not say. */
  created: number | null
  /** End of life in ms since the epoch; null: never. */
  expires: number | null
  /** The earliest end that the framework itself gives its cookie, in ms since the epoch; null: any. See `leastEndOf`. */
  leastEnd: number | null
  /** True if the bank's expiry is later than `maxLifetime` allows. */
  exceedsMaxLifetime: boolean
  /** The version that the bank had then; null after a merge: it matches nothing, so that the next save reads again. */
  version: Version | null
}

/** The parts of a record. */
export interface RecordParts {
  /** The app's keys: the parsed record itself, without the others. */
  data: Record<string, unknown>
  cookie: SessionCookie
  created: number | null
}

/**
 * Splits a parsed record, which it changes, into its parts. Returns null if it is not an object.
 *
 * @throws UnreadableRecordError if it has a form that this version does not know
 */
export function partsOf(record: unknown, id: string): RecordParts | null {
  if (!isObject(record)) return null
  const { cookie, [RESERVED_KEY]: reserved } = record
  assertKnown(reserved, id)
  // From the last key to the first: in this order our own records lose them without becoming slow objects.
  if (reserved !== undefined) delete record[RESERVED_KEY]
  if (record.sid === id && reserved?.id === undefined) delete record.sid
  delete record.cookie
  const created = typeof reserved?.created === 'number' ? reserved.created : null
  return { data: record, cookie: isObject(cookie) ? (cookie as SessionCookie) : {}, created }
}

/** Returns the app's keys in the text of a record, letter by letter. */
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

/** Returns the text of a record. The data come first, so that {@link endOfDataIn} finds them without parsing. */
export function recordText(id: string, data: DataText, cookie: SessionCookie, created: number | null): string {
  const own = ownSid(data)
  const ours = reservedText(created, isHashedId(id), own === id ? id : null)
  return `${opened(data)}"cookie":${cookieText(cookie)}${own === undefined ? `,"sid":${JSON.stringify(id)}` : ''}${ours}}`
}

/** A cookie as frameworks have it: with no object in it, and so surely one value. */
const FLAT = /^\{[^{}]*\}$/
const COOKIE = ',"cookie":'
/** Our keys, as they are written; an escape may hide one. */
const OURS = ['"cookie"', '"sid"', `"${RESERVED_KEY}"`, '\\u']

/**
 * Returns where the app's keys end in a record that has our own order; -1 if another program may have put it together
 * otherwise. That program may also have repeated a key of ours among the app's.
 */
export function endOfDataIn({ text, id, created }: SessionRecord): number {
  const rest = `,"sid":${JSON.stringify(id)}${reservedText(created, isHashedId(id), null)}}`
  if (!text.endsWith(rest)) return -1
  const end = text.lastIndexOf(COOKIE, text.length - rest.length)
  return FLAT.test(text.slice(end + COOKIE.length, -rest.length)) ? end : -1
}

/** Returns the app's keys in the text of a record, letter by letter. */
export function dataIn(record: SessionRecord): DataText {
  const data = record.text.slice(0, endOfDataIn(record) + 1)
  if (data === '' || OURS.some((key) => data.includes(key))) return objectWith(dataFieldsIn(record))
  return `${data.slice(0, -1)}}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Marks a record that lies under a hashed id, so that no store takes that for a session id. */
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

/** The end of most records that this version writes. JSON.parse keeps the last of duplicate keys. */
const KNOWN_END = /,"_bank":\{"created":\d+\}\}$/

/**
 * Returns the revision of what is stored under an id, session or not.
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

/** Returns the value of the app's own key `sid`; undefined if it has none. Nearly all texts do not even mention it. */
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

/** An object's text up to where one more key goes. */
function opened(data: DataText): string {
  return data === '{}' ? '{' : `${data.slice(0, -1)},`
}
