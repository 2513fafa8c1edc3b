import {
  type IdRule,
  InvalidOptionError,
  type Revision,
  type StoredRecord,
  type Tokens,
} from '@sessionbank/databank-kit'
import type { Row } from './exchange.ts'

/** The primary key contains type and id, and PostgreSQL refuses index rows over 2,704 bytes. */
const [LONGEST_TYPE, LONGEST_ID] = [500, 2_000]

export const IDS: IdRule = {
  rule: `text of up to ${LONGEST_ID} bytes of UTF-8 without NUL and lone surrogates`,
  maxBytes: LONGEST_ID,
  forbidden: /\0/,
}

/** Throws InvalidOptionError if the type cannot be part of a key. */
export function checkType(type: string): void {
  if (isStorable(type, LONGEST_TYPE)) return
  throw new InvalidOptionError(
    `a type in PostgreSQL must be up to ${LONGEST_TYPE} bytes of text without NUL and lone surrogates`,
  )
}

/** Returns the revision. If PostgreSQL cannot read it, no record has it: returns one that matches no record. */
export function comparable(revision: Revision): string {
  return isStorable(revision) ? revision : ''
}

/** Returns true if PostgreSQL's type `text` can hold the text: it has no NUL and no lone surrogate. */
export function isStorable(text: string, maxBytes = Number.POSITIVE_INFINITY): boolean {
  return !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes
}

/** Returns the record of a row, whose columns are in the order of the statements. */
export function recordIn([json, revision, expires = null]: Row): StoredRecord {
  return { json: json as string, revision: revision as string, expires: expires === null ? null : Number(expires) }
}

/** Returns the tokens, or null if there are none: then the row takes no space in the index on tokens. */
export function tokenList(tokens: Tokens, indices: readonly string[]): string[] | null {
  const list = indices.map((field) => tokens[field]).filter((token) => typeof token === 'string')
  return list.length > 0 ? list : null
}
