import {
  type IdRule,
  InvalidOptionError,
  type Revision,
  type StoredRecord,
  type Tokens,
} from '@sessionbank/databank-kit'
import type { Row } from './exchange.ts'

/** The primary key holds type and id, and PostgreSQL refuses index rows over 2,704 bytes. */
const [LONGEST_TYPE, LONGEST_ID] = [500, 2_000]

export const IDS: IdRule = {
  rule: `in PostgreSQL up to ${LONGEST_ID} bytes of UTF-8, without NUL and lone surrogates`,
  maxBytes: LONGEST_ID,
  forbidden: /\0/,
}

/** Throws InvalidOptionError if a key has no room for the type. */
export function checkType(type: string): void {
  if (isStorable(type, LONGEST_TYPE)) return
  throw new InvalidOptionError(`a type is up to ${LONGEST_TYPE} bytes of text without NUL or lone surrogates`)
}

/** Returns the revision; for one that PostgreSQL could not even read, and that is none of ours, one that matches none. */
export function comparable(revision: Revision): string {
  return isStorable(revision) ? revision : ''
}

/** Returns whether `text` of PostgreSQL can hold it: no NUL, and, being UTF-8, no lone surrogate. */
export function isStorable(text: string, maxBytes = Number.POSITIVE_INFINITY): boolean {
  return !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes
}

/** The columns of a record, in the order of the statements. */
export function recordIn([json, revision, expires = null]: Row): StoredRecord {
  return { json: json as string, revision: revision as string, expires: expires === null ? null : Number(expires) }
}

/** Returns null if there are none: such a row costs the index on tokens nothing. */
export function tokenList(tokens: Tokens, indices: readonly string[]): string[] | null {
  const list = indices.map((field) => tokens[field]).filter((token) => typeof token === 'string')
  return list.length > 0 ? list : null
}
