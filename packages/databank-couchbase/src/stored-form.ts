import { createHash } from 'node:crypto'
import {
  DEEPEST_VALUE,
  HALF_PAIR,
  InvalidOptionError,
  type NextRecord,
  parsedIfJson,
  type Seen,
  type StoredRecord,
} from '@sessionbank/databank-kit'
import type { Cas } from 'couchbase'

/** A digest of any id would do; the limit keeps out what no caller can mean. */
export const IDS = { rule: 'up to 4,096 bytes of text without lone surrogates', maxBytes: 4_096 }
/** In bytes. Couchbase's limit is 250, four of which it may need for the collection; a type leaves room for a digest. */
const [LONGEST_KEY, LONGEST_TYPE] = [246, 150]
/** Between a record's end and its document's, in s: Couchbase's clock may be ahead of the app's. */
const GRACE = 60
/** The last second of 31 bits. Couchbase has 32 of them, but to other servers of its protocol a later one has passed. */
const LATEST = 2 ** 31 - 1

/** Returns what all keys of a type begin with. A colon in the type is escaped, or "a:b" and "c" would meet "a" and "b:c". */
export function keyPrefix(type: string): string {
  const prefix = `${type.replaceAll('%', '%25').replaceAll(':', '%3A')}:`
  if (Buffer.byteLength(prefix) <= LONGEST_TYPE && type.isWellFormed()) return prefix
  throw new InvalidOptionError(`a type in Couchbase is up to ${LONGEST_TYPE} bytes of text without lone surrogates`)
}

/** Returns `type:id`; a digest instead of an id that is too long for a key, or looks like a digest: the document has the id. */
export function keyOf(prefix: string, id: string): string {
  const key = prefix + id
  if (!id.startsWith('#') && !id.includes('\0') && Buffer.byteLength(key) <= LONGEST_KEY) return key
  return `${prefix}#${createHash('sha256').update(id).digest('base64url')}`
}

/** What a document holds. */
interface Content {
  id: string
  record: StoredRecord
  tokens: string[] | undefined
}

/** What is under a key. */
export type SeenDocument = Seen & Partial<Pick<Content, 'tokens'>> & { cas: Cas }

/**
 * Returns the text of a document: a head, and then the record's text, letter by letter; one that not every reader takes for
 * JSON as a string. `stored` are the tokens for a record that brings none.
 */
export function documentText(type: string, id: string, next: NextRecord, stored?: string[]): string {
  const { json, tokens } = next
  const list = tokens ? Object.values(tokens).filter((token) => token !== null) : stored
  const head = headText(type, { id, record: next, tokens: list?.length ? list : undefined })
  return head + (isPlainJson(json) ? `,"value":${json}}` : `,"json":${JSON.stringify(json)}}`)
}

/** Returns what a document of this type holds; null if another program wrote it. */
export function contentOf(text: string, type: string): Content | null {
  const document = (parsedIfJson(text) ?? {}) as { [name: string]: unknown }
  const { databank, id, revision, json, value = null } = document
  if (databank !== type || typeof id !== 'string' || typeof revision !== 'string') return null
  const expires = typeof document.expires === 'number' ? document.expires : null
  const tokens = document.tokens as string[] | undefined
  if (typeof json === 'string') return { id, tokens, record: { json, revision, expires } }
  // Letter by letter if it is there as this driver wrote it, and not as another tool has written it again.
  const head = `${headText(type, { id, tokens, record: { json: '', revision, expires } })},"value":`
  const isOurs = text.startsWith(head) && text.endsWith('}')
  const own = isOurs ? text.slice(head.length, -1) : JSON.stringify(value)
  return { id, tokens, record: { json: own, value, revision, expires } }
}

function headText(type: string, { id, tokens, record: { revision, expires } }: Content): string {
  return JSON.stringify({ databank: type, id, revision, expires, tokens }).slice(0, -1)
}

function isPlainJson(json: string): boolean {
  return json.isWellFormed() && !HALF_PAIR.test(json) && isAtMost(DEEPEST_VALUE, parsedIfJson(json))
}

function isAtMost(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined
  return depth > 0 && Object.values(value).every((inner) => isAtMost(depth - 1, inner))
}

/**
 * Returns the expiry to give a document, in seconds from now: the client makes a date of a span of over 30 days, which
 * Couchbase would take for one. Returns none if dates don't reach so far. The document itself says, to the millisecond,
 * whether its record has expired; this one only sees to it that it is removed.
 */
export function documentExpiry(expires: number | null): { expiry?: number } {
  if (expires === null) return {}
  const now = Date.now()
  const span = Math.max(0, Math.ceil((expires - now) / 1_000)) + GRACE
  return now / 1_000 + span > LATEST ? {} : { expiry: span }
}
