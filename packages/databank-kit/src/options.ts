import type { DriverOptions } from './databank.ts'
import { LONGEST_DELAY } from './deadlines.ts'
import { InvalidOptionError } from './errors.ts'

/**
 * The names of a driver's options, except `schema` and `driver`, which all drivers have. A record, so that the compiler
 * reports missing names.
 */
export type OptionNames<Options> = { readonly [Name in Exclude<keyof Options, keyof DriverOptions>]-?: true } & {
  readonly [Name in keyof DriverOptions]?: true
}

/** Longer names are truncated in messages, and not treated as misspelt. */
const LONGEST_NAME = 40
/** Shorter beginnings of a name are too ambiguous for a suggestion. */
const SHORTEST_BEGINNING = 3

/** Throws InvalidOptionError if the driver does not know an option. */
export function checkDriverOptions<Options extends object>(
  driver: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const unknown = unknownName(options, Object.keys({ ...names, schema: true, driver: true, retry: true }))
  if (unknown !== null) throw new InvalidOptionError(`unknown option of the ${driver} driver ${unknown}`)
}

/** Throws InvalidOptionError if an option is invalid. The message says what is valid, and never quotes a URL. */
export function assertOption(driver: string, isValid: boolean, message: string): asserts isValid {
  if (!isValid) throw new InvalidOptionError(`params of the ${driver} driver: ${message}`)
}

/** Default timeout of a database call, in ms. */
const DEFAULT_TIMEOUT = 5_000

/** Returns a driver's `timeout`; 5,000 ms by default. Throws InvalidOptionError if it is out of range for a timer. */
export function checkedTimeout(driver: string, timeout: unknown = DEFAULT_TIMEOUT): number {
  if (typeof timeout === 'number' && timeout >= 1 && timeout <= LONGEST_DELAY) return timeout
  throw new InvalidOptionError(`\`timeout\` of the ${driver} driver must be a number of ms from 1 to ${LONGEST_DELAY}`)
}

/**
 * Returns the end of a message about the first unknown key of an object:
 * `"shema": did you mean "schema"? Known names are …`. Returns null if all are known. Does not quote values, because they
 * may contain a password.
 */
export function unknownName(given: object, known: readonly string[]): string | null {
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return null
  const meant = nearestName(name, known)
  const list = `nown names are ${known.join(', ')}`
  return `${quoted(name)}: ${meant === undefined ? `k${list}` : `did you mean "${meant}"? K${list}`}`
}

/**
 * Returns the known name that is nearest to a misspelt one, ignoring case: it starts with the misspelt one, or differs
 * by one or two letters. Returns undefined if there is none.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  // Loaded on demand, because few apps need it.
  const { distance }: typeof import('fastest-levenshtein') = require('fastest-levenshtein')
  const wanted = name.toLowerCase()
  let least = wanted.length > 4 ? 2 : 1
  let nearest: string | undefined
  for (const candidate of known) {
    const apart = distance(wanted, candidate.toLowerCase())
    if (apart > least || (apart === least && nearest !== undefined)) continue
    least = apart
    nearest = candidate
  }
  if (nearest !== undefined || wanted.length < SHORTEST_BEGINNING) return nearest
  return known.find((candidate) => candidate.toLowerCase().startsWith(wanted))
}

/** Quotes as JSON, so that line breaks and control characters do not get into logs. */
function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name)
}
