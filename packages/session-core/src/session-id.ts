import { InvalidSessionIdError } from './errors.ts'
import { isHashedId } from './stored-ids.ts'

const LONGEST = 512
const NAMES_ON_OBJECT_PROTOTYPE = new Set(Object.getOwnPropertyNames(Object.prototype))

const HASHED =
  'a hashed session id gives no access to the session: pass the session id, or use destroyWhere(criteria, { handle })'

/**
 * Returns whether this can be a session id. Ids come from cookies, and so from untrusted clients. Refuses names on
 * `Object.prototype`, which crash databank's own memory driver, and hashed ids, which a client can only know from a
 * copy of the bank.
 */
export function isSessionId(sid: unknown): sid is string {
  if (typeof sid !== 'string' || sid === '' || sid.length > LONGEST) return false
  return !NAMES_ON_OBJECT_PROTOTYPE.has(sid) && !isHashedId(sid)
}

/** @throws InvalidSessionIdError if {@link isSessionId} returns false */
export function assertSessionId(sid: unknown): asserts sid is string {
  if (isSessionId(sid)) return
  if (typeof sid !== 'string') throw new InvalidSessionIdError(`a session id must be a string, not ${typeof sid}`)
  if (sid === '') throw new InvalidSessionIdError('a session id must not be empty')
  if (sid.length > LONGEST) throw new InvalidSessionIdError(`a session id must have at most ${LONGEST} characters`)
  if (isHashedId(sid)) throw new InvalidSessionIdError(HASHED)
  throw new InvalidSessionIdError('a session id must not be a name on Object.prototype')
}

/** @throws InvalidSessionIdError if this is a hashed id, which an app may pass to `destroy` by mistake */
export function assertNotHashed(sid: unknown): void {
  if (typeof sid === 'string' && isHashedId(sid)) throw new InvalidSessionIdError(HASHED)
}
