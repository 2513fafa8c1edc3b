import type { JsonScalar } from './databank.ts'
import { InvalidValueError } from './errors.ts'
import { valueAt } from './index-tokens.ts'
import type { StoredRecord } from './records.ts'
import { nameAndCode, safeCause } from './safe-cause.ts'

/**
 * JSON text as UTF-8 can hold it: half a surrogate pair that stands raw in it becomes an escape, which means the same.
 * (JSON.stringify writes the escape by itself.)
 */
export function wellFormed(json: string): string {
  return json.isWellFormed() ? json : json.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}

/** Whether the field (a dotted path) of a record is exactly this value. A record that is not JSON has no fields. */
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
 * @throws InvalidValueError if it is not JSON; without the parser's own error, which quotes the text
 */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('a record is not JSON text')
  }
}

/** Parses JSON text. Returns undefined if it is none. */
export function parsedIfJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * How JSON writes half of a surrogate pair, which UTF-8 cannot hold and not every reader of JSON takes. (An escaped
 * backslash before it is a harmless alarm.)
 */
export const HALF_PAIR = /\\ud[89a-f]/i

/** Levels of a value that databases and other readers of JSON take. MongoDB refuses more than 100, some of them a driver's. */
export const DEEPEST_VALUE = 80

/** What JSON.stringify says by itself, in its first line. The lines after it name keys. */
const OF_STRINGIFY =
  /^(Converting circular structure to JSON|Do not know how to serialize a BigInt|Maximum call stack size exceeded|Invalid string length)$/

/**
 * Returns why JSON.stringify failed, for a message. What it did not say by itself is the error of a `toJSON` or a getter
 * of the app, which may quote the value.
 */
export function whyNotJson(error: unknown): string {
  return ownReason(error) ?? `its toJSON() or a getter threw ${nameAndCode(error)}`
}

/**
 * Returns the cause to show beside {@link whyNotJson}: an error of the app as it is, and one of JSON.stringify without its
 * words, which name keys.
 */
export function causeNotJson(error: unknown): unknown {
  return ownReason(error) === null ? error : safeCause(error)
}

/** Returns what JSON.stringify says by itself; null if the error is not its own. */
function ownReason(error: unknown): string | null {
  const [line = ''] = error instanceof Error ? error.message.split('\n', 1) : []
  return OF_STRINGIFY.test(line) ? line : null
}
