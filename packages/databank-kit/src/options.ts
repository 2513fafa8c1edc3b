import type { DriverOptions } from './databank.ts'
import { LONGEST_DELAY } from './deadlines.ts'
import { InvalidOptionError } from './errors.ts'

/**
 * The options of a driver, but for `schema` and `driver`, which every driver has. As a record, so that the compiler asks for
 * the ones that are missing.
 */
export type OptionNames<Options> = { readonly [Name in Exclude<keyof Options, keyof DriverOptions>]-?: true } & {
  readonly [Name in keyof DriverOptions]?: true
}

/** A longer name is cut in messages, and is no misspelling. */
const LONGEST_NAME = 40
/** Shorter beginnings of a name say nothing. */
const SHORTEST_BEGINNING = 3

/** Throws InvalidOptionError if an option is not among those of the driver. */
export function checkDriverOptions<Options extends object>(
  driver: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const unknown = unknownName(options, Object.keys({ ...names, schema: true, driver: true, retry: true }))
  if (unknown !== null) throw new InvalidOptionError(`unknown option of the ${driver} driver ${unknown}`)
}

/** Throws InvalidOptionError if an option cannot be used. The message says what it has to be, and never quotes a URL. */
export function assertOption(driver: string, isValid: boolean, message: string): asserts isValid {
  if (!isValid) throw new InvalidOptionError(`params of the ${driver} driver: ${message}`)
}

/** How long a call to a database may take if the app does not say so, in ms. */
const DEFAULT_TIMEOUT = 5_000

/** Returns a driver's `timeout`, 5,000 ms if there is none. Throws InvalidOptionError if a timer cannot have it. */
export function checkedTimeout(driver: string, timeout: unknown = DEFAULT_TIMEOUT): number {
  if (typeof timeout === 'number' && timeout >= 1 && timeout <= LONGEST_DELAY) return timeout
  throw new InvalidOptionError(`\`timeout\` of the ${driver} driver is a number of ms from 1 to ${LONGEST_DELAY}`)
}

/**
 * Returns what to say of the first key of an object that is not known: `"shema": did you mean "schema"? Known are …`.
 * Returns null if all are known. Values are not looked at: there may be a password among them.
 */
export function unknownName(given: object, known: readonly string[]): string | null {
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return null
  const meant = nearestName(name, known)
  const list = `nown are ${known.join(', ')}`
  return `${quoted(name)}: ${meant === undefined ? `k${list}` : `did you mean "${meant}"? K${list}`}`
}

/**
 * Returns the known name that a misspelt one most likely stands for, whatever its case: one that begins like it, or
 * differs in one or two letters. Returns undefined if there is none.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  // Loaded when something is misspelt, as few apps ever need it.
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

/** As JSON, so that line ends and control characters stay out of logs. */
function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name)
}
