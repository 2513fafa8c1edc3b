import type { AnyData, SessionData } from './to-session.ts'

/** A session as `all` returns it: with its `sid`, unless `hashIds` is set or the app has a key of that name. */
export type ListedSession<Data extends object = AnyData> = 'sid' extends keyof Data
  ? SessionData<Data>
  : SessionData<Data> & {
      /** The session id, which is a secret. */
      sid?: string
    }

/** A session as an app passes it to a store. */
export type SavedSession<Data extends object = AnyData> = Data & {
  /** The cookie, which determines the session's life. */ cookie?: object
}

/** The callback of a store's `get`, with the session or null. */
export type FoundCallback<Data extends object = AnyData> = (error: unknown, session?: Shown<Data>) => void

// biome-ignore lint/suspicious/noExplicitAny: an app without declared session types may use a session as any type
type Shown<Data extends object> = string extends keyof Data ? any : SessionData<Data> | null
