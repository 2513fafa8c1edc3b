/** A session of another store. */
export interface Found {
  sid: string
  /** The session; damaged if it is not an object. */
  session: unknown
  /** In ms since the epoch; null means never; undefined means by its cookie, else by `ttl`. */
  expires: number | null | undefined
  /** The session's file, if it has its own. */
  file?: string
}

/** The default collections of stores on MongoDB. */
export const COLLECTIONS = { 'connect-mongo': 'sessions', 'databank-mongodb': 'session' } as const

/** The flags of an import that describe its source. */
export interface SourceFlags {
  prefix?: string
  collection?: string
  table?: string
  /** In seconds, like the option of session-file-store. */
  ttl?: string
  fromType?: string
}

/** Streams all sessions of a store. */
export type Source = (from: string, flags: SourceFlags, secret: string | undefined) => AsyncIterable<Found>
