import { createHash } from 'node:crypto'
import type { JsonScalar } from './databank.ts'
import { InvalidValueError } from './errors.ts'

/** PostgreSQL and LMDB refuse long index entries; above this many bytes a token becomes its digest. */
const LONGEST_TOKEN = 128

/** The value at a dotted path, own properties only; undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Record<string, unknown>)[key]
  }
  return current
}

/** Returns whether JSON has the value as a scalar, which is what an index can find. NaN and Infinity are none. */
export function isScalar(value: unknown): value is JsonScalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/**
 * Checks what records are found by, before it becomes part of a query: to MongoDB an object is an operator.
 *
 * @throws InvalidValueError if the value is not a JSON scalar
 */
export function assertScalar(value: unknown): asserts value is JsonScalar {
  if (isScalar(value)) return
  throw new InvalidValueError(
    'records are found by a JSON scalar: give find() a string, a finite number, true, false or null',
  )
}

/** How an index knows `field = value`: a short text, the same in every driver. */
export function indexToken(field: string, value: JsonScalar): string {
  const token = `${field}=${JSON.stringify(value)}`
  if (Buffer.byteLength(token) <= LONGEST_TOKEN) return token
  return `${hashed(field)}#${hashed(token)}`
}

/** Of each indexed field its token; null if the record holds no scalar there. */
export type Tokens = Record<string, string | null>

/** Returns the tokens of a parsed value, by the names of the indexed fields. */
export function tokensOf(value: unknown, indices: readonly string[]): Tokens {
  // A field may be named like a member of Object.prototype.
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
