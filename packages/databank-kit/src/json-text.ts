import type { JsonScalar } from './databank.ts'
import { InvalidValueError } from './errors.ts'
import { valueAt } from './index-tokens.ts'
import type { StoredRecord } from './records.ts'
import { nameAndCode, safeCause } from './safe-cause.ts'

/** Replaces lone surrogates, which UTF-8 cannot encode, by JSON escapes. (`JSON.stringify` writes escapes anyway.) */
export function wellFormed(json: string): string {
  return json.isWellFormed() ? json : json.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}

/** Returns whether the field (a dotted path) of a record equals the value. A record that is not JSON has no fields. */
export function holds(record: StoredRecord, field: string, value: JsonScalar): boolean {
  return valueAt(valueIn(record), field) === value
}

/** Returns a record's parsed value; undefined if its text is not JSON. */
export function valueIn(record: StoredRecord): unknown {
  return record.value ?? parsedIfJson(record.json)
}

/**
 * Parses the text of a record.
 *
 * @throws InvalidValueError if it is not JSON. Its cause is not the parser's error, which quotes the text
 */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('a record is not JSON text')
  }
}

/** Parses JSON text. Returns undefined if it is not JSON. */
export function parsedIfJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Matches a lone surrogate as JSON escapes it. UTF-8 cannot encode it, and some JSON parsers refuse it. (May also match
 * after an escaped backslash, which is harmless.)
 */
export const HALF_PAIR = /\\ud[89a-f]/i

/** Nesting that databases and other JSON parsers accept. MongoDB's limit is 100 levels, including the driver's own. */
export const DEEPEST_VALUE = 80

/** The first line of `JSON.stringify`'s own messages. Further lines contain keys. */
const OF_STRINGIFY =
  /^(Converting circular structure to JSON|Do not know how to serialize a BigInt|Maximum call stack size exceeded|Invalid string length)$/

/**
 * Returns why `JSON.stringify` failed, for a message. An error of the app's `toJSON` or getter is not quoted, because
 * it may contain the value.
 */
export function whyNotJson(error: unknown): string {
  return ownReason(error) ?? `its toJSON() or a getter threw ${nameAndCode(error)}`
}

/**
 * Returns the cause that is shown with {@link whyNotJson}: an error of the app unchanged, and an error of
 * `JSON.stringify` without its message, which contains keys.
 */
export function causeNotJson(error: unknown): unknown {
  return ownReason(error) === null ? error : safeCause(error)
}

/** Returns the first line of an error of `JSON.stringify`; null for any other error. */
function ownReason(error: unknown): string | null {
  const [line = ''] = error instanceof Error ? error.message.split('\n', 1) : []
  return OF_STRINGIFY.test(line) ? line : null
}
