import { createHash, randomUUID } from 'node:crypto'
import type { IdRule, Revision, Seen, StoredRecord, Tokens } from '@sessionbank/databank-kit'

/** Together with an index token an id must fit into a key of LMDB, which takes 1,978 bytes. */
const LONGEST_ID = 1_536

/** LMDB's key encoding gives back some control characters changed. */
export const IDS: IdRule = {
  rule: `in the disk bank 1 to ${LONGEST_ID} bytes of UTF-8, without control characters and lone surrogates`,
  maxBytes: LONGEST_ID,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  forbidden: /^$|[\u0000-\u001f]/,
}

/** What stands in the index of a field for a record. */
type Entry = [field: string, token: string]

/** The token of a record whose field holds no scalar; no token of the kit's looks like it. */
const NO_SCALAR = '-'

/** A record as it was read for a change, expired or not. */
export interface SeenRecord extends Seen {
  record: StoredRecord
  text: string
  /** LMDB's own number for this state of the record, which a touch changes too. */
  version: number
}

const REVISION_LENGTH = 14
const SEMICOLON = 0x3b
const ZERO = 0x30

export function newRevision(): Revision {
  return randomUUID().slice(-REVISION_LENGTH)
}

/**
 * Returns a record as LMDB holds it: `<revision><expires>;<tokens>\n<json>`. Expires is empty for never; tokens is empty or
 * JSON, in which a line feed never stands raw.
 */
export function textOf({ revision, expires, json }: StoredRecord, tokens: string): string {
  return `${revision}${expires ?? ''};${tokens}\n${json}`
}

export function recordIn(text: string): StoredRecord {
  const json = text.slice(text.indexOf('\n', REVISION_LENGTH) + 1)
  return { json, revision: text.slice(0, REVISION_LENGTH), expires: expiresIn(text) }
}

/** Digit by digit, as nearly all are positive: making a string of them would take longer. */
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

/** Returns the index entries of a record, as JSON; an empty text if it has none. */
export function tokensIn(text: string): string {
  return text.slice(text.indexOf(';', REVISION_LENGTH) + 1, text.indexOf('\n', REVISION_LENGTH))
}

/** Returns the same for a new record: an entry for each field, so that the size of an index shows if all records are in it. */
export function tokensOf(fields: readonly string[], tokens: Tokens): string {
  const entries = fields.map((field): Entry => {
    const token = tokens[field] ?? null
    return [field, token === null ? NO_SCALAR : withoutField(field, token)]
  })
  return entries.length === 0 ? '' : JSON.stringify(entries)
}

/** Returns the entries that are in the first tokens alone. */
export function entriesOnlyIn(tokens: string, others: string): Entry[] {
  if (tokens === '' || tokens === others) return []
  const known = entriesOf(others)
  return entriesOf(tokens).filter(([field, token]) => !known.some(([f, t]) => f === field && t === token))
}

function entriesOf(tokens: string): Entry[] {
  return tokens === '' ? [] : JSON.parse(tokens)
}

/** Each field has a database of its own, so the token need not name it; and a name may hold what LMDB does not take. */
export function withoutField(field: string, token: string): string {
  return token.startsWith(`${field}=`) ? token.slice(field.length) : token
}

/** Returns a name for LMDB, which ends one at a NUL: text that is not plain becomes its digest. */
export function nameOf(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  return `#${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url')}`
}
