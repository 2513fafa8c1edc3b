import { nameAndCode, whyNotJson } from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { InvalidSessionError } from './errors.ts'

/** A session as the app sees it; where several are listed, each has its `sid`. */
export interface SessionData {
  cookie: SessionCookie
  // biome-ignore lint/suspicious/noExplicitAny: what an app keeps in a session is its own business
  [key: string]: any
}

/** What is beside the app's own keys in a record: `{...data, cookie, sid}` and, where needed, `_bank`. */
const RESERVED_KEY = '_bank'

/** The app's own keys as the text of one JSON object: `cookie`, `sid` and what is ours left out. */
export type DataText = string

/** The same, each key with the JSON text of its value: what a merge works on. */
export type Fields = Map<string, string>

/** A record taken apart. */
export interface SessionParts {
  /** The app's keys: the parsed record itself, without what is not the app's. */
  data: Record<string, unknown>
  cookie: SessionCookie
  /** When the session was made, in ms since the epoch; null where nobody asked for it to be kept. */
  created: number | null
}

/** Takes a parsed record apart, which is used up; null where it is no session. */
export function takeApart(record: unknown): SessionParts | null {
  if (!isObject(record)) return null
  const { cookie, [RESERVED_KEY]: ours } = record
  // From the last key to the first, in which order our own records lose them without becoming slow objects.
  if (ours !== undefined) delete record[RESERVED_KEY]
  delete record.sid
  delete record.cookie
  const created = isObject(ours) && typeof ours.created === 'number' ? ours.created : null
  return { data: record, cookie: isObject(cookie) ? (cookie as SessionCookie) : {}, created }
}

/** The text of a record; the data come first, so that {@link holdsData} can tell without parsing. */
export function putTogether(sid: string, data: DataText, cookie: SessionCookie, created: number | null): string {
  const ours = created === null ? '' : `,"${RESERVED_KEY}":{"created":${created}}`
  return `${opened(data)}"cookie":${cookieText(cookie)},"sid":${JSON.stringify(sid)}${ours}}`
}

/** Whether a record's text holds just these data; false also where somebody else put it together in another order. */
export function holdsData(json: string, data: DataText): boolean {
  const start = opened(data)
  return json.startsWith(start) && json.startsWith('"cookie":', start.length)
}

/**
 * The data of a session object.
 *
 * @throws InvalidSessionError naming the key that JSON cannot hold, or that is ours; its cause is what the app's own toJSON
 *   or getter threw, which goes back to the app's own call
 */
export function dataOf(session: object): DataText {
  if (!isObject(session)) throw new InvalidSessionError('a session is an object with its data and its cookie')
  const data = dataKeysOf(session)
  if (RESERVED_KEY in data) {
    throw new InvalidSessionError(`the session key "${RESERVED_KEY}" is the store's: use another name`)
  }
  // A function is no data, but this one would say what the data are.
  if (typeof data.toJSON === 'function') delete data.toJSON
  try {
    return JSON.stringify(data)
  } catch (error) {
    throw unserializable(data, error)
  }
}

function dataKeysOf(session: Record<string, unknown>): Record<string, unknown> {
  try {
    const { cookie: _cookie, sid: _sid, ...data } = session
    return data
  } catch (error) {
    const reason = `a getter threw ${nameAndCode(error)}`
    throw new InvalidSessionError(`a key of the session cannot be read: ${reason}`, { cause: error })
  }
}

function cookieText(cookie: SessionCookie): string {
  try {
    return JSON.stringify(cookie)
  } catch (error) {
    throw new InvalidSessionError(`the session's cookie cannot be stored as JSON: ${whyNotJson(error)}`, {
      cause: error,
    })
  }
}

export function fieldsOf(data: DataText): Fields {
  const fields: Fields = new Map()
  for (const [key, value] of Object.entries(JSON.parse(data))) fields.set(key, JSON.stringify(value))
  return fields
}

export function dataFrom(fields: Fields): DataText {
  return `{${[...fields].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object's text up to where one more key goes. */
function opened(data: DataText): string {
  return data === '{}' ? '{' : `${data.slice(0, -1)},`
}

function unserializable(data: Record<string, unknown>, cause: unknown): InvalidSessionError {
  const key = Object.keys(data).find((name) => !isSerializable(data[name]))
  const message = `the session key ${JSON.stringify(key)} cannot be stored as JSON: ${whyNotJson(cause)}`
  return new InvalidSessionError(message, { cause })
}

function isSerializable(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}
