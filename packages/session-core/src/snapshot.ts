import { causeNotJson, nameAndCode, whyNotJson } from '@sessionbank/databank-kit'
import { type SessionCookie, soundCookie } from './cookie.ts'
import { InvalidSessionError } from './errors.ts'
import { type DataText, isObject, RESERVED_KEY } from './session-record.ts'

/** A copy of a session object at the time of its save. */
export interface Snapshot {
  data: DataText
  cookie: SessionCookie
}

/**
 * Copies a session object, so that later changes by the app do not get into the save.
 *
 * @throws InvalidSessionError if it cannot be stored as JSON or uses a reserved key
 */
export function snapshot(session: object): Snapshot {
  return { data: dataOf(session), cookie: cookieOf(session) }
}

/** Returns a new session object with the copied data and cookie. */
export function sessionIn({ data, cookie }: Snapshot): object {
  return { ...JSON.parse(data), cookie }
}

/**
 * Copies a session's cookie, which may be an instance of a framework's class, and corrects invalid times.
 *
 * @throws InvalidSessionError if it does not have the form of a cookie
 */
export function cookieOf(session: object): SessionCookie {
  return read("the session's cookie cannot be read", () => {
    assertSession(session)
    const { originalExpires: _, ...cookie } = plainCookie(session.cookie)
    return soundCookie(cookie)
  })
}

function plainCookie(cookie: unknown): SessionCookie {
  if (!isObject(cookie)) return {}
  const plain = typeof cookie.toJSON === 'function' ? cookie.toJSON() : { ...cookie }
  return isObject(plain) ? plain : {}
}

function dataOf(session: object): DataText {
  const data = dataKeysOf(session)
  if (RESERVED_KEY in data) {
    throw new InvalidSessionError(`the session key "${RESERVED_KEY}" is the store's: use another name`)
  }
  // `JSON.stringify` would call it and store its result instead.
  if (typeof data.toJSON === 'function') delete data.toJSON
  try {
    return JSON.stringify(data)
  } catch (error) {
    throw unserializable(data, error)
  }
}

function dataKeysOf(session: object): Record<string, unknown> {
  return read('a key of the session cannot be read', () => {
    assertSession(session)
    const { cookie: _cookie, ...data } = session
    return data
  })
}

/** Reads a session object of the app. Its getters, `toJSON` and proxies may throw. */
function read<T>(failure: string, from: () => T): T {
  try {
    return from()
  } catch (error) {
    if (error instanceof InvalidSessionError) throw error
    throw new InvalidSessionError(`${failure}: a getter, a toJSON or a proxy threw ${nameAndCode(error)}`, {
      cause: error,
    })
  }
}

function assertSession(session: unknown): asserts session is Record<string, unknown> {
  if (!isObject(session)) throw new InvalidSessionError('a session must be an object with its data and its cookie')
}

function unserializable(data: Record<string, unknown>, error: unknown): InvalidSessionError {
  const key = Object.keys(data).find((name) => !isSerializable(data[name]))
  const message = `a key of the session, which \`key\` of this error names, cannot be stored as JSON: ${whyNotJson(error)}`
  return new InvalidSessionError(message, { cause: causeNotJson(error), key })
}

function isSerializable(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}
