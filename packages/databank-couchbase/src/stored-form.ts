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

/** Longer ids could be stored by their digest; the limit rejects unreasonable ones. */
export const IDS = { rule: 'text of up to 4,096 bytes without lone surrogates', maxBytes: 4_096 }
/** In bytes. Couchbase allows 250, of which it may use four for the collection. A type leaves room for a digest. */
const [LONGEST_KEY, LONGEST_TYPE] = [246, 150]
/** How long a document outlives its record, in seconds, because Couchbase's clock may be ahead of the app's. */
const GRACE = 60
/**
 * The last second in 31 bits. Couchbase uses 32 bits, but other servers with its protocol treat later times as past.
 */
const LATEST = 2 ** 31 - 1

/**
 * Returns the prefix of a type's keys. Colons in the type are escaped, so that "a:b" and "c" differ from "a" and "b:c".
 */
export function keyPrefix(type: string): string {
  const prefix = `${type.replaceAll('%', '%25').replaceAll(':', '%3A')}:`
  if (Buffer.byteLength(prefix) <= LONGEST_TYPE && type.isWellFormed()) return prefix
  throw new InvalidOptionError(
    `a type in Couchbase must be up to ${LONGEST_TYPE} bytes of text without lone surrogates`,
  )
}

/**
 * Returns `type:id`. An id that is too long, or looks like a digest, is replaced by its digest; the document contains
 * the id itself.
 */
export function keyOf(prefix: string, id: string): string {
  const key = prefix + id
  if (!id.startsWith('#') && !id.includes('\0') && Buffer.byteLength(key) <= LONGEST_KEY) return key
  return `${prefix}#${createHash('sha256').update(id).digest('base64url')}`
}

/** The contents of a document. */
interface Content {
  id: string
  record: StoredRecord
  tokens: string[] | undefined
}

/** The document of a key, with its CAS. */
export type SeenDocument = Seen & Partial<Pick<Content, 'tokens'>> & { cas: Cas }

/**
 * Returns the text of a document: a head, then the exact text of the record, or a JSON string of this text if not every
 * parser accepts it as JSON. `stored` are the tokens to keep if the record has none.
 */
export function documentText(type: string, id: string, next: NextRecord, stored?: string[]): string {
  const { json, tokens } = next
  const list = tokens ? Object.values(tokens).filter((token) => token !== null) : stored
  const head = headText(type, { id, record: next, tokens: list?.length ? list : undefined })
  return head + (isPlainJson(json) ? `,"value":${json}}` : `,"json":${JSON.stringify(json)}}`)
}

/** Returns the contents of a document of this type, or null if another program wrote it. */
export function contentOf(text: string, type: string): Content | null {
  const document = (parsedIfJson(text) ?? {}) as { [name: string]: unknown }
  const { databank, id, revision, json, value = null } = document
  if (databank !== type || typeof id !== 'string' || typeof revision !== 'string') return null
  const expires = typeof document.expires === 'number' ? document.expires : null
  const tokens = document.tokens as string[] | undefined
  if (typeof json === 'string') return { id, tokens, record: { json, revision, expires } }
  // The exact text is used unless another program has rewritten the document.
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
 * Returns the expiry of a document, in seconds from now. The client converts spans over 30 days to dates, as Couchbase
 * requires. Returns none if the expiry is beyond the range of dates. This expiry only removes the document; whether its
 * record has expired depends on the exact time inside the document.
 */
export function documentExpiry(expires: number | null): { expiry?: number } {
  if (expires === null) return {}
  const now = Date.now()
  const span = Math.max(0, Math.ceil((expires - now) / 1_000)) + GRACE
  return now / 1_000 + span > LATEST ? {} : { expiry: span }
}
