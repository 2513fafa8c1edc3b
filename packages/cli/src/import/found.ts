/** What a store of another kind has under one id. */
export interface Found {
  sid: string
  /** The session; what is no object is damaged. */
  session: unknown
  /** As in an import: ms since the epoch; null: never; undefined: by its cookie, else by `ttl`. */
  expires: number | null | undefined
  /** The file, if it is in one of its own. */
  file?: string
}

/** The collections that hold the sessions of stores on MongoDB, by their defaults. */
export const COLLECTIONS = { 'connect-mongo': 'sessions', 'databank-mongodb': 'session' } as const

/** What the flags of an import say of its source. */
export interface SourceFlags {
  prefix?: string
  collection?: string
  table?: string
  /** In seconds, as session-file-store has it. */
  ttl?: string
  fromType?: string
}

/** Reads all sessions of a store, as they come. */
export type Source = (from: string, flags: SourceFlags, secret: string | undefined) => AsyncIterable<Found>
