import { createHash } from 'node:crypto'
import type { StoredRecord } from '@sessionbank/databank-kit'

/** A document of databank-mongodb: the value's own fields beside `_id`; what is no object lies under `_v`. */
export type FlatDocument = Record<string, unknown> & { _id: string }

const PREFIX = 'flat-'

/** How that driver wrote the first dot and the first dollar of a key; it meant the full-width characters. */
const DOT = '\xff0e'
const DOLLAR = '\xff04'

/**
 * A flat document as a record that never expires. Its revision is a digest, as it holds none.
 *
 * @param pkey the field of the value that was taken out, as `_id` has it already.
 */
export function flatRecordIn(document: FlatDocument, pkey: string | undefined): StoredRecord {
  const value = valueIn(document, pkey)
  const json = JSON.stringify(value)
  const revision = PREFIX + createHash('sha256').update(json).digest('base64url')
  return { json, value, revision, expires: null }
}

/** Whether a revision was first given for a flat document. */
export function isFlatRevision(revision: string): boolean {
  return revision.startsWith(PREFIX)
}

function valueIn(document: FlatDocument, pkey: string | undefined): unknown {
  if (document._s) return document._v ?? null
  const { _id, ...fields } = document
  const value = decoded(fields) as Record<string, unknown>
  return pkey === undefined ? value : { ...value, [pkey]: _id }
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null || isTyped(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [decodedKey(key), decoded(inner)]))
}

/** A date, an ObjectId and the like were put there by others; JSON.stringify knows what to make of them. */
function isTyped(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function decodedKey(key: string): string {
  return key.replace(DOT, '.').replace(DOLLAR, '$')
}
