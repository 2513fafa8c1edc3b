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

/** A session by its top-level keys, each with the JSON text of its value: what a merge works on. */
export type Fields = Map<string, string>

/** A record taken apart. */
export interface SessionParts {
  /** The app's keys. */
  data: Record<string, unknown>
  cookie: SessionCookie
  /** When the session was made, in ms since the epoch; null where nobody asked for it to be kept. */
  created: number | null
}

/** Takes a parsed record apart; null where it is no session. */
export function takeApart(record: unknown): SessionParts | null {
  if (!isObject(record)) return null
  const { cookie, sid: _sid, [RESERVED_KEY]: ours, ...data } = record
  const created = isObject(ours) && typeof ours.created === 'number' ? ours.created : null
  return { data, cookie: isObject(cookie) ? (cookie as SessionCookie) : {}, created }
}

/**
 * The text of a record.
 *
 * @param cookie as JSON text
 */
export function putTogether(sid: string, fields: Fields, cookie: string, created: number | null): string {
  let json = '{'
  for (const [key, text] of fields) json += `${JSON.stringify(key)}:${text},`
  json += `"cookie":${cookie},"sid":${JSON.stringify(sid)}`
  if (created !== null) json += `,"${RESERVED_KEY}":{"created":${created}}`
  return `${json}}`
}

/**
 * The fields of a session object, its cookie left out.
 *
 * @throws InvalidSessionError naming the key that JSON cannot hold, or that is ours
 */
export function fieldsOf(session: object): Fields {
  const fields: Fields = new Map()
  for (const key of Object.keys(session)) {
    if (key === 'cookie' || key === 'sid') continue
    if (key === RESERVED_KEY)
      throw new InvalidSessionError(`the session key "${RESERVED_KEY}" is the store's: use another name`)
    const text = toJson(key, (session as Record<string, unknown>)[key])
    if (text !== undefined) fields.set(key, text)
  }
  return fields
}

/** JSON text of one key's value; undefined where JSON leaves it out. */
export function toJson(key: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n', 1)[0] as string) : String(cause)
    throw new InvalidSessionError(`the session key ${JSON.stringify(key)} cannot be stored as JSON: ${reason}`, {
      cause,
    })
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
