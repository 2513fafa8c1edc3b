import type { AnyData, SessionData } from './to-session.ts'

/** A session as `all` gives it: with its `sid`, unless the bank does not know it or the app has a key of that name. */
export type ListedSession<Data extends object = AnyData> = 'sid' extends keyof Data
  ? SessionData<Data>
  : SessionData<Data> & {
      /** The session id, which is a secret. */
      sid?: string
    }

/** A session as an app hands it to a store. */
export type SavedSession<Data extends object = AnyData> = Data & {
  /** The cookie, from which its life is taken. */ cookie?: object
}

/** What a store's `get` calls with the session; null if there is none. */
export type FoundCallback<Data extends object = AnyData> = (error: unknown, session?: Shown<Data>) => void

// biome-ignore lint/suspicious/noExplicitAny: an app that does not say what is in a session may take it for what it wants
type Shown<Data extends object> = string extends keyof Data ? any : SessionData<Data> | null
