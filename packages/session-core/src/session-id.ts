import { InvalidSessionIdError } from './errors.ts'
import { isHashedId } from './stored-ids.ts'

const LONGEST = 512
const NAMES_ON_OBJECT_PROTOTYPE = new Set(Object.getOwnPropertyNames(Object.prototype))

const HASHED =
  'this is the hashed form of a session id, which opens and ends nothing: use the session id, or destroyWhere(criteria, { handle })'

/**
 * Whether this can be the id of a session. Ids come from cookies, so from anybody: one that is a name on
 * `Object.prototype` crashes databank's own memory driver, and a hashed one was read in a bank.
 */
export function isSessionId(sid: unknown): sid is string {
  if (typeof sid !== 'string' || sid === '' || sid.length > LONGEST) return false
  return !NAMES_ON_OBJECT_PROTOTYPE.has(sid) && !isHashedId(sid)
}

/** @throws InvalidSessionIdError where {@link isSessionId} says no. */
export function assertSessionId(sid: unknown): asserts sid is string {
  if (isSessionId(sid)) return
  if (typeof sid !== 'string') throw new InvalidSessionIdError(`a session id is a string, not ${typeof sid}`)
  if (sid === '') throw new InvalidSessionIdError('a session id is not empty')
  if (sid.length > LONGEST) throw new InvalidSessionIdError(`a session id has at most ${LONGEST} characters`)
  if (isHashedId(sid)) throw new InvalidSessionIdError(HASHED)
  throw new InvalidSessionIdError('a session id is not a name on Object.prototype')
}

/** @throws InvalidSessionIdError if this is a hashed id: to end it is asked for by mistake */
export function assertNotHashed(sid: unknown): void {
  if (typeof sid === 'string' && isHashedId(sid)) throw new InvalidSessionIdError(HASHED)
}
