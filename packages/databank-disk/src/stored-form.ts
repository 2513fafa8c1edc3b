import { createHash, randomUUID } from 'node:crypto'
import type { IdRule, Revision, Seen, StoredRecord, Tokens } from '@sessionbank/databank-kit'

/** An id and an index token together must fit into a key of LMDB, which has at most 1,978 bytes. */
const LONGEST_ID = 1_536

/** Control characters are forbidden because LMDB's key encoding changes some of them. */
export const IDS: IdRule = {
  rule: `text of 1 to ${LONGEST_ID} bytes of UTF-8 without control characters and lone surrogates`,
  maxBytes: LONGEST_ID,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
  forbidden: /^$|[\u0000-\u001f]/,
}

/** The index entry of a record for one field. */
type Entry = [field: string, token: string]

/** The token of a record whose field is not a scalar. No token of the kit equals it. */
const NO_SCALAR = '-'

/** A record read in order to change it, expired or not. */
export interface SeenRecord extends Seen {
  record: StoredRecord
  text: string
  /** LMDB's version of the record. Unlike the revision, a touch changes it too. */
  version: number
}

const REVISION_LENGTH = 14
const SEMICOLON = 0x3b
const ZERO = 0x30

export function newRevision(): Revision {
  return randomUUID().slice(-REVISION_LENGTH)
}

/**
 * Returns a record as LMDB holds it: `<revision><expires>;<tokens>\n<json>`. `expires` is empty for never. `tokens` is
 * empty or JSON, which contains no unescaped line feed.
 */
export function textOf({ revision, expires, json }: StoredRecord, tokens: string): string {
  return `${revision}${expires ?? ''};${tokens}\n${json}`
}

export function recordIn(text: string): StoredRecord {
  const json = text.slice(text.indexOf('\n', REVISION_LENGTH) + 1)
  return { json, revision: text.slice(0, REVISION_LENGTH), expires: expiresIn(text) }
}

/** Parses digit by digit, which is faster than slicing out a string. Nearly all expiries are positive. */
export function expiresIn(text: string): number | null {
  let expires = 0
  let at = REVISION_LENGTH
  for (let code = text.charCodeAt(at); code !== SEMICOLON; code = text.charCodeAt(++at)) {
    const digit = code - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number(text.slice(REVISION_LENGTH, text.indexOf(';', at)))
    expires = expires * 10 + digit
  }
  return at === REVISION_LENGTH ? null : expires
}

/** Returns the index entries of a stored record as JSON, or '' if it has none. */
export function tokensIn(text: string): string {
  return text.slice(text.indexOf(';', REVISION_LENGTH) + 1, text.indexOf('\n', REVISION_LENGTH))
}

/**
 * Returns the index entries of a new record. Each field has one, so the size of an index shows whether it has all
 * records.
 */
export function tokensOf(fields: readonly string[], tokens: Tokens): string {
  const entries = fields.map((field): Entry => {
    const token = tokens[field] ?? null
    return [field, token === null ? NO_SCALAR : withoutField(field, token)]
  })
  return entries.length === 0 ? '' : JSON.stringify(entries)
}

/** Returns the entries of `tokens` that are not in `others`. */
export function entriesOnlyIn(tokens: string, others: string): Entry[] {
  if (tokens === '' || tokens === others) return []
  const known = entriesOf(others)
  return entriesOf(tokens).filter(([field, token]) => !known.some(([f, t]) => f === field && t === token))
}

function entriesOf(tokens: string): Entry[] {
  return tokens === '' ? [] : JSON.parse(tokens)
}

/**
 * Removes the field's name: each field has its own database, and a name may contain characters that LMDB cannot store.
 */
export function withoutField(field: string, token: string): string {
  return token.startsWith(`${field}=`) ? token.slice(field.length) : token
}

/** Returns a database name. LMDB ends names at a NUL, so any text that is not plain is replaced by its digest. */
export function nameOf(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  return `#${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`
}
