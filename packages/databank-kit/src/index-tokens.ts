import { createHash } from 'node:crypto'
import type { JsonScalar } from './databank.ts'
import { InvalidValueError } from './errors.ts'

/** PostgreSQL and LMDB refuse long index entries: a token of more bytes is replaced by its digest. */
const LONGEST_TOKEN = 128

/** Returns the value at a dotted path, by own properties only; undefined if there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Record<string, unknown>)[key]
  }
  return current
}

/** Returns whether the value is a scalar in JSON, and so can be in an index. NaN and Infinity are not. */
export function isScalar(value: unknown): value is JsonScalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/**
 * Checks a value to search for, before it becomes part of a query: in MongoDB an object is an operator.
 *
 * @throws InvalidValueError if the value is not a JSON scalar
 */
export function assertScalar(value: unknown): asserts value is JsonScalar {
  if (isScalar(value)) return
  throw new InvalidValueError('find() searches for a JSON scalar: pass a string, a finite number, true, false or null')
}

/** Returns the index token of `field = value`: a short text, the same in all drivers. */
export function indexToken(field: string, value: JsonScalar): string {
  const token = `${field}=${JSON.stringify(value)}`
  if (Buffer.byteLength(token) <= LONGEST_TOKEN) return token
  return `${hashed(field)}#${hashed(token)}`
}

/** The tokens of a record, by indexed field; null for a field without a scalar. */
export type Tokens = Record<string, string | null>

/** Returns the tokens of a parsed value. */
export function tokensOf(value: unknown, indices: readonly string[]): Tokens {
  // Without a prototype, because a field may have the name of a member of Object.prototype.
  const tokens: Tokens = Object.create(null)
  for (const field of indices) {
    const found = valueAt(value, field)
    tokens[field] = isScalar(found) ? indexToken(field, found) : null
  }
  return tokens
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
