import { isScalar, type JsonScalar } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'

/** Dotted field names, each with the value that it has to have, compared strictly: `42` is not `'42'`. */
export type Criteria = Record<string, JsonScalar>

/** Options of `destroyWhere`. */
export interface DestroyWhereOptions {
  /** Ids of sessions that stay. */
  except?: string | readonly string[]
}

/**
 * Returns a copy of the criteria. Each value is read once, so that what was checked is what is used.
 *
 * @throws InvalidOptionError if they are not a plain object with at least one field, or if a value is not a JSON scalar.
 * A value that is undefined by mistake would otherwise select every session without that field.
 */
export function checkedCriteria(criteria: unknown): ReadonlyMap<string, JsonScalar> {
  const checked = new Map<string, JsonScalar>()
  for (const [field, value] of ownEntries(criteria, 'criteria')) {
    if (!isScalar(value)) {
      throw new InvalidOptionError(
        `criteria must have JSON scalars as values, but ${JSON.stringify(field)} is ${kindOf(value)}: give a string, a finite number, ` +
          'true, false or null, and check that a value is there before you search by it',
      )
    }
    checked.set(field, value)
  }
  if (checked.size === 0) throw new InvalidOptionError('criteria must name at least one field, such as {user: "ann"}')
  return checked
}

/**
 * Returns the ids that `destroyWhere` spares.
 *
 * @throws InvalidOptionError if the options have an unknown key, or `except` without an id. An id that is missing by
 * mistake would otherwise end the session that was to stay.
 */
export function checkedExceptions(options: unknown): ReadonlySet<string> {
  if (options === undefined) return new Set()
  let exceptions: unknown[] = []
  for (const [key, value] of ownEntries(options, 'the options of destroyWhere')) {
    if (key !== 'except') {
      throw new InvalidOptionError(`unknown option ${JSON.stringify(key)} of destroyWhere: did you mean "except"?`)
    }
    // Array.from reads each id once, and the holes of an array as undefined.
    exceptions = Array.isArray(value) ? Array.from(value) : [value]
    if (exceptions.length === 0 || !exceptions.every((id) => typeof id === 'string' && id !== '')) {
      throw new InvalidOptionError(
        'option "except" of destroyWhere must be a session id or a non-empty array of session ids: leave the key out to ' +
          'end all sessions that are found',
      )
    }
  }
  return new Set(exceptions as string[])
}

/** Returns the own keys and values of a plain object, hidden keys too: a field that is overlooked would widen a search. */
function ownEntries(object: unknown, name: string): [key: string, value: unknown][] {
  if (!isPlainObject(object)) throw new InvalidOptionError(`${name} must be a plain object, not ${kindOf(object)}`)
  return Reflect.ownKeys(object).map((key) => {
    if (typeof key === 'symbol') throw new InvalidOptionError(`${name} must have strings as keys, not symbols`)
    return [key, object[key]]
  })
}

/** Objects of another realm (a vm context) are plain, too. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Says what a value is, without quoting it. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return isPlainObject(value) ? 'an object' : 'an instance of a class'
  return `a ${typeof value}`
}
