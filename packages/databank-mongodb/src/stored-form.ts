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

/** A record as a document. */
export interface RecordDocument {
  _id: string
  revision: Revision
  /** When the content was last written. Identifies the driver's documents, because JSON cannot contain a date. */
  written: Date
  expires: Date | null
  /** The value itself, so that it can be queried. */
  value?: unknown
  /** The exact text, if `value` cannot represent it. */
  json?: string
  /** The index tokens of the fields in the schema. */
  tokens?: string[]
}

/** A document without its id, which is in the filter of the write. */
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

/** Returns the record of a document, or null if another program wrote it. */
export function recordIn(document: RecordDocument): StoredRecord | null {
  const { written, revision, value = null, json } = document
  if (!types.isDate(written)) return null
  const expires = types.isDate(document.expires) ? document.expires.getTime() : null
  if (typeof json === 'string') return { json, revision, expires }
  return { json: JSON.stringify(value), value, revision, expires }
}

/** Matches documents of this driver only. */
export const IS_RECORD = { written: { $type: 'date' } } as const

/** Matches an expiry that has not passed. Also matches if it is null, missing or not a date. */
export function live(now: number) {
  return { $not: { $lte: new Date(now) } }
}

/** Matches expired documents of this driver only. */
export function expiredBy(now: number) {
  return { ...IS_RECORD, expires: { $lte: new Date(now) } }
}

export function toDate(expires: number | null): Date | null {
  return expires === null ? null : new Date(expires)
}

/** Returns the top-level keys of a value that MongoDB can represent exactly, or null if the value is not an object. */
function searchablePart(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const good = Object.entries(value).filter(([key, inner]) => {
    return keyFits(key) && fits(inner) && !HALF_PAIR.test(JSON.stringify(inner))
  })
  return Object.fromEntries(good)
}

/**
 * Returns true if a document can hold the keys and levels of a value. Some servers refuse arrays within arrays. Numbers
 * and the order of keys are preserved if JSON.parse preserves them.
 */
function fits(value: unknown, levels = DEEPEST_VALUE): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((item) => !Array.isArray(item) && fits(item, levels - 1))
  return Object.entries(value).every(([key, inner]) => keyFits(key) && fits(inner, levels - 1))
}

/**
 * Returns false for keys that contain `$` or `.`, which are special in queries, or NUL, which ends a key in BSON. Also
 * returns false for two names that are special to the client.
 */
function keyFits(key: string): boolean {
  return key !== '__proto__' && key !== '_bsontype' && !/^$|^\$|[.\0\p{Surrogate}]/u.test(key)
}
