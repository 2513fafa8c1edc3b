import { isScalar, type JsonScalar, nameAndCode, nearestName } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'
import { handleOfStored, sessionHandle } from './handle.ts'
import { isSessionId } from './session-id.ts'
import { isHashedId } from './stored-ids.ts'

export type { Criteria } from './field-types.ts'

/** Options of `destroyWhere`. A key that is present must hold at least one non-empty string. */
export interface DestroyWhereOptions {
  /** Ids of sessions that are kept. */
  except?: string | readonly string[]
  /** Handles of sessions: only these sessions are ended, if they meet the criteria. */
  handle?: string | readonly string[]
}

/**
 * Returns a copy of the criteria. Reads each value once, so that the checked value is the one that is used.
 *
 * @throws InvalidOptionError if the criteria are not a plain object with at least one field, or if a value is not a
 * JSON scalar. A value that is undefined by mistake would otherwise select every session without that field.
 */
export function checkedCriteria(criteria: unknown): ReadonlyMap<string, JsonScalar> {
  return read('criteria', () => scalarsIn(criteria))
}

function scalarsIn(criteria: unknown): ReadonlyMap<string, JsonScalar> {
  const checked = new Map<string, JsonScalar>()
  for (const [field, value] of ownEntries(criteria, 'criteria')) {
    if (!isScalar(value)) {
      throw new InvalidOptionError(
        `criteria must have JSON scalars as values, but ${JSON.stringify(field)} is ${kindOf(value)}: pass a string, a finite number, ` +
          'true, false or null, and check that the value exists before you search for it',
      )
    }
    checked.set(field, value)
  }
  if (checked.size === 0) throw new InvalidOptionError('criteria must name at least one field, such as {user: "ann"}')
  return checked
}

/** Nouns for error messages: the kind of text that each option of `destroyWhere` holds. */
const NOUNS: Record<keyof DestroyWhereOptions, string> = { except: 'session id', handle: 'handle' }

/**
 * Returns a filter for the ids of the found sessions that `destroyWhere` is to end.
 *
 * @throws InvalidOptionError if the options have an unknown key, or a value that is not a non-empty string or an array
 * of such strings. An id or handle that is missing by mistake would otherwise end sessions that were to be kept.
 */
export function checkedSelection(options: unknown): (storedId: string) => boolean {
  const given = options === undefined ? new Map<string, ReadonlySet<string>>() : read(OPTIONS, () => textsIn(options))
  const handles = given.get('handle')
  const spared = new Set([...(given.get('except') ?? [])].filter(isSessionId).map(sessionHandle))
  if (spared.size === 0 && !handles) return () => true
  return (storedId) => {
    const handle = handleOfStored(storedId)
    return !spared.has(handle) && (!handles || handles.has(handle))
  }
}

const OPTIONS = 'the options of destroyWhere'

function textsIn(options: unknown): Map<string, ReadonlySet<string>> {
  return new Map(ownEntries(options, OPTIONS).map(([key, value]) => [key, checkedTexts(key, value)]))
}

function checkedTexts(key: string, value: unknown): ReadonlySet<string> {
  const known = Object.keys(NOUNS)
  if (!Object.hasOwn(NOUNS, key)) {
    const meant = nearestName(key, known) ?? 'except'
    throw new InvalidOptionError(`unknown option ${JSON.stringify(key)} of destroyWhere: did you mean "${meant}"?`)
  }
  // `Array.from` reads each text once, and reads holes as undefined.
  const texts: unknown[] = Array.isArray(value) ? Array.from(value) : [value]
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string' && text !== '')) {
    const what = NOUNS[key as keyof DestroyWhereOptions]
    throw new InvalidOptionError(
      `option "${key}" of destroyWhere must be a ${what} or a non-empty array of ${what}s: leave the key out to end all ` +
        'sessions that are found',
    )
  }
  if (key === 'except' && texts.some((text) => isHashedId(text as string))) {
    throw new InvalidOptionError(
      'option "except" of destroyWhere takes session ids, but this one is hashed, so its session would end: pass the session id',
    )
  }
  return new Set(texts as string[])
}

/**
 * Returns the result of `from`, which reads an argument of the app.
 *
 * @throws InvalidOptionError if a getter or a proxy throws. Does not contain the thrown message, which may quote a
 * value
 */
function read<T>(name: string, from: () => T): T {
  try {
    return from()
  } catch (error) {
    if (error instanceof InvalidOptionError) throw error
    throw new InvalidOptionError(`${name} cannot be read: a getter or a proxy threw ${nameAndCode(error)}`)
  }
}

/** Returns the own keys and values of a plain object, including non-enumerable ones, which also narrow the search. */
function ownEntries(object: unknown, name: string): [key: string, value: unknown][] {
  if (!isPlainObject(object)) throw new InvalidOptionError(`${name} must be a plain object, not ${kindOf(object)}`)
  return Reflect.ownKeys(object).map((key) => {
    if (typeof key === 'symbol') throw new InvalidOptionError(`${name} must have strings as keys, not symbols`)
    return [key, object[key]]
  })
}

/** Returns whether a value is a plain object, including one of another realm (a vm context). */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Describes a value without quoting it. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return isPlainObject(value) ? 'an object' : 'an instance of a class'
  return `a ${typeof value}`
}
