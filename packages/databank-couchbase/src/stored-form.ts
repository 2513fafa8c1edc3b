import { InvalidValueError, indexTokens, type Revision, type StoredRecord } from '@sessionbank/databank-kit'

/** Levels of a value that every reader of JSON takes. */
const DEEPEST = 80

/** How JSON writes half of a surrogate pair, which not every reader takes. (An escaped backslash before it is a harmless alarm.) */
const HALF_PAIR = /\\ud[89a-f]/i

/** What a document says of its record, before the value. */
interface Head {
  /** The type. Under this name no document of others is taken for one of ours. */
  databank: string
  id: string
  revision: Revision
  expires: number | null
  tokens?: string[]
}

export interface NewRecord {
  type: string
  id: string
  json: string
  revision: Revision
  expires: number | null
  indices: readonly string[]
}

/**
 * A record as the text of a document: a head, and then the value, letter by letter. A text that Couchbase might not take
 * for JSON stands there as a string.
 */
export function textOf({ type, id, json, revision, expires, indices }: NewRecord): string {
  const value = parsed(json)
  const tokens = indices.length > 0 ? indexTokens(value, indices) : []
  const head = headText({ databank: type, id, revision, expires, ...(tokens.length > 0 && { tokens }) })
  const plain = !HALF_PAIR.test(json) && !/\p{Surrogate}/u.test(json) && isAtMost(DEEPEST, value)
  return plain ? `${head},"value":${json}}` : `${head},"json":${JSON.stringify(json)}}`
}

/** A record as it was read, with what it takes to write it again with another expiry. */
export interface ReadRecord extends StoredRecord {
  id: string
}

/** The record in the text of a document, or null where that is none of ours. */
export function recordIn(text: string, type: string): ReadRecord | null {
  const document = documentIn(text)
  if (document?.databank !== type || typeof document.revision !== 'string' || typeof document.id !== 'string')
    return null
  const { id, revision, expires } = document
  const end = typeof expires === 'number' ? expires : null
  if (typeof document.json === 'string') return { id, json: document.json, revision, expires: end }
  const { value = null } = document
  return { id, json: valueText(text, document, value), value, revision, expires: end }
}

/** Letter by letter where it lies there as we wrote it, and not as another tool has written it again. */
function valueText(text: string, { databank, id, revision, expires, tokens }: Head, value: unknown): string {
  const head = `${headText({ databank, id, revision, expires, ...(tokens && { tokens }) })},"value":`
  return text.startsWith(head) && text.endsWith('}') ? text.slice(head.length, -1) : JSON.stringify(value)
}

function headText(head: Head): string {
  return JSON.stringify(head).slice(0, -1)
}

function documentIn(text: string): (Head & { value?: unknown; json?: unknown }) | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isAtMost(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isAtMost(depth - 1, inner))
}

/** Without the cause: it quotes the text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('what shall be written is not JSON')
  }
}
