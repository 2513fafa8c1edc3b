import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import {
  DEEPEST_VALUE,
  HALF_PAIR,
  type NewRecord,
  parsedIfJson,
  type Revision,
  type StoredRecord,
} from '@sessionbank/databank-kit'

/** A record as it lies in a collection, named after its type. */
export interface RecordDocument {
  _id: string
  revision: Revision
  /** When the content was last written. A date, which no JSON can bring: so these documents are told from others. */
  written: Date
  expires: Date | null
  /** The value itself, for search and for people. */
  value?: unknown
  /** The text that counts, only if `value` cannot hold it exactly. */
  json?: string
  /** The index tokens of the fields in the schema. */
  tokens?: string[]
}

/** What is written for a record; the id stands in the filter. */
export type NewDocument = Omit<RecordDocument, '_id'>

export function documentOf({ json, expires, tokens }: NewRecord): NewDocument {
  const document: NewDocument = { revision: randomUUID(), written: new Date(), expires: toDate(expires) }
  const value = parsedIfJson(json)
  if (!HALF_PAIR.test(json) && fits(value) && JSON.stringify(value) === json) {
    document.value = value
  } else {
    const part = searchablePart(value)
    if (part) document.value = part
    document.json = json
  }
  const held = Object.values(tokens).filter((token) => token !== null)
  if (held.length > 0) document.tokens = held
  return document
}

/** Returns null if the document is not of this driver. */
export function recordIn(document: RecordDocument): StoredRecord | null {
  const { written, revision, value = null, json } = document
  if (!types.isDate(written)) return null
  const expires = types.isDate(document.expires) ? document.expires.getTime() : null
  if (typeof json === 'string') return { json, revision, expires }
  return { json: JSON.stringify(value), value, revision, expires }
}

/** Tells documents of this driver from any other. */
export const IS_RECORD = { written: { $type: 'date' } } as const

/** Matches null, nothing and anything that is no date as well: only a date can have passed. */
export function live(now: number) {
  return { $not: { $lte: new Date(now) } }
}

/** A document of another form has no expiry that the driver knows of. */
export function expiredBy(now: number) {
  return { ...IS_RECORD, expires: { $lte: new Date(now) } }
}

export function toDate(expires: number | null): Date | null {
  return expires === null ? null : new Date(expires)
}

/** Returns what MongoDB can hold of a value that it cannot hold exactly: the good ones of its outermost keys, or nothing. */
function searchablePart(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const good = Object.entries(value).filter(([key, inner]) => {
    return keyFits(key) && fits(inner) && !HALF_PAIR.test(JSON.stringify(inner))
  })
  return Object.fromEntries(good)
}

/**
 * Returns whether documents can hold the keys and levels of a value; an array within an array is refused by some servers.
 * Numbers and the order of keys are right in it if they are so for JSON.parse.
 */
function fits(value: unknown, levels = DEEPEST_VALUE): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((item) => !Array.isArray(item) && fits(item, levels - 1))
  return Object.entries(value).every(([key, inner]) => keyFits(key) && fits(inner, levels - 1))
}

/** `$` and `.` mean something in queries, NUL ends a key in BSON, and the client reads meaning into two names. */
function keyFits(key: string): boolean {
  return key !== '__proto__' && key !== '_bsontype' && !/^$|^\$|[.\0\p{Surrogate}]/u.test(key)
}
