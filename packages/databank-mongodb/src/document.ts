import { types } from 'node:util'
import { InvalidValueError, indexTokens, type Revision, type StoredRecord, wellFormed } from '@sessionbank/databank-kit'
import { isExact, searchablePart } from './exact.ts'

/** A record as it lies in a collection, named after its type. */
export interface RecordDocument {
  _id: string
  revision: Revision
  /** When the content was last written. A date, which no JSON can bring: so these documents are told from flat ones. */
  written: Date
  expires: Date | null
  /** The value itself, for search and for humans. */
  value?: unknown
  /** The text that counts, only where `value` cannot hold it exactly. */
  json?: string
  /** The index tokens of the fields in the schema. */
  tokens?: string[]
}

export interface NewRecord {
  json: string
  revision: Revision
  expires: Date | null
  indices: readonly string[]
}

/** What to write for a record; the id stands in the filter. */
export function documentOf({ json, revision, expires, indices }: NewRecord): Omit<RecordDocument, '_id'> {
  const value = parsed(json)
  const document: Omit<RecordDocument, '_id'> = { revision, written: new Date(), expires }
  if (isExact(value, json)) {
    document.value = value
  } else {
    const part = searchablePart(value)
    if (part !== undefined) document.value = part
    document.json = wellFormed(json)
  }
  const tokens = indices.length > 0 ? indexTokens(value, indices) : []
  if (tokens.length > 0) document.tokens = tokens
  return document
}

/** Whether a document is of ours, and not a flat one of the older driver. */
export function isRecord(document: object): document is RecordDocument {
  return types.isDate((document as Partial<RecordDocument>).written)
}

export function recordIn({ revision, expires, value = null, json }: RecordDocument): StoredRecord {
  const end = types.isDate(expires) ? expires.getTime() : null
  if (typeof json === 'string') return { json, revision, expires: end }
  return { json: JSON.stringify(value), value, revision, expires: end }
}

export function toDate(expires: number | null): Date | null {
  return expires === null ? null : new Date(expires)
}

/** Without the cause: it quotes the text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('what shall be written is not JSON')
  }
}
