import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import type { NewRecord, Revision, StoredRecord } from '@sessionbank/databank-kit'

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

/** @param takesNestedArrays false: the server refuses an array within an array, which therefore goes into the text */
export function documentOf({ json, expires, tokens }: NewRecord, takesNestedArrays: boolean): NewDocument {
  const document: NewDocument = { revision: randomUUID(), written: new Date(), expires: toDate(expires) }
  const value = valueIn(json)
  if (isExact(value, json) && (takesNestedArrays || !hasNestedArray(value))) {
    document.value = value
  } else {
    const part = searchablePart(value, takesNestedArrays)
    if (part !== undefined) document.value = part
    document.json = json
  }
  const held = Object.values(tokens).filter((token) => token !== null)
  if (held.length > 0) document.tokens = held
  return document
}

/** Returns null if the document is not of this driver. */
export function recordIn(document: RecordDocument): StoredRecord | null {
  const { written, revision, expires, value = null, json } = document
  if (!types.isDate(written)) return null
  const end = types.isDate(expires) ? expires.getTime() : null
  if (typeof json === 'string') return { json, revision, expires: end }
  return { json: JSON.stringify(value), value, revision, expires: end }
}

/** Tells documents of this driver from any other. */
export const OURS = { written: { $type: 'date' } } as const

/** Matches null, nothing and anything that is no date as well: only a date can have passed. */
export function live(now: number) {
  return { $not: { $lte: new Date(now) } }
}

/** A document of another form has no expiry that the driver knows of. */
export function expiredBy(now: number) {
  return { ...OURS, expires: { $lte: new Date(now) } }
}

/** Takes out what an older content had and this one has not. (Not every server takes an empty `$unset`.) */
export function unsetBut(content: object) {
  const absent = ['value', 'json', 'tokens'].filter((field) => !(field in content))
  return absent.length > 0 && { $unset: Object.fromEntries(absent.map((field) => [field, ''])) }
}

export function toDate(expires: number | null): Date | null {
  return expires === null ? null : new Date(expires)
}

/** MongoDB refuses documents of more than 100 levels; some are ours. */
const DEEPEST = 80

/** How JSON writes half of a surrogate pair, which UTF-8 cannot hold. (An escaped backslash before it is a harmless alarm.) */
const HALF_PAIR = /\\ud[89a-f]/i

/** Returns undefined if the text is not JSON: it is kept all the same. */
function valueIn(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/**
 * Returns whether a value, stored as BSON and read back, gives the same JSON text again. Numbers and the order of keys are
 * right if they are so for JSON.parse; the rest is a matter of keys, depth and half characters.
 */
function isExact(value: unknown, json: string): boolean {
  return !HALF_PAIR.test(json) && keysFit(value, DEEPEST) && JSON.stringify(value) === json
}

/** Returns what MongoDB can hold of a value that it cannot hold exactly: the good ones of its outermost keys, or nothing. */
function searchablePart(value: unknown, takesNestedArrays: boolean): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const good = Object.entries(value).filter(([key, inner]) => {
    if (!keyFits(key) || !keysFit(inner, DEEPEST) || HALF_PAIR.test(JSON.stringify(inner))) return false
    return takesNestedArrays || !hasNestedArray(inner)
  })
  return Object.fromEntries(good)
}

export function hasNestedArray(value: unknown, isInArray = false): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value)) return Object.values(value).some((inner) => hasNestedArray(inner))
  return isInArray || value.some((item) => hasNestedArray(item, true))
}

function keysFit(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => keysFit(item, depth - 1))
  for (const key of Object.keys(value)) {
    if (!keyFits(key) || !keysFit((value as Record<string, unknown>)[key], depth - 1)) return false
  }
  return true
}

/** `$` and `.` mean something in queries, NUL ends a key in BSON, and the client reads meaning into two names. */
function keyFits(key: string): boolean {
  if (key === '' || key === '__proto__' || key === '_bsontype') return false
  return !key.startsWith('$') && !key.includes('.') && !key.includes('\0') && !/\p{Surrogate}/u.test(key)
}
