import { InvalidSessionIdError } from './errors.ts'

const LONGEST = 512
const NAMES_ON_OBJECT_PROTOTYPE = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * Whether this can be the id of a session. Ids come from cookies, so from anybody: one that is a name on
 * `Object.prototype` crashes databank's own memory driver.
 */
export function isSessionId(sid: unknown): sid is string {
  return typeof sid === 'string' && sid !== '' && sid.length <= LONGEST && !NAMES_ON_OBJECT_PROTOTYPE.has(sid)
}

/** @throws InvalidSessionIdError where {@link isSessionId} says no. */
export function assertSessionId(sid: unknown): asserts sid is string {
  if (isSessionId(sid)) return
  if (typeof sid !== 'string') throw new InvalidSessionIdError(`a session id is a string, not ${typeof sid}`)
  if (sid === '') throw new InvalidSessionIdError('a session id is not empty')
  if (sid.length > LONGEST) throw new InvalidSessionIdError(`a session id has at most ${LONGEST} characters`)
  throw new InvalidSessionIdError('a session id is not a name on Object.prototype')
}
