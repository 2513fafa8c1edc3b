import type { FastifySessionObject } from '@fastify/session'
import type * as core from '@sessionbank/session-core'

/** Whether a key of `request.session` is the app's, and not the name of a method or of a member of @fastify/session. */
type IsData<Name extends keyof FastifySessionObject> = Name extends 'cookie' | 'encryptedSessionId' | 'sessionId'
  ? false
  : NonNullable<FastifySessionObject[Name]> extends (...args: never[]) => unknown
    ? false
    : true

/**
 * The keys that the app declares in fastify's `Session` or @fastify/session's `FastifySessionObject`. Any keys if it
 * declares none.
 */
export type DeclaredData = [keyof Declared] extends [never] ? core.AnyData : Declared

type Declared = {
  [Name in keyof FastifySessionObject as IsData<Name> extends true ? Name : never]: FastifySessionObject[Name]
}

// The types of the core with the declared session as default.
/** A session as `get` and `update` return it: the keys of `Data` and the cookie. */
export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
/** A session as `all` returns it: with its `sid`, unless the bank holds only digests of ids. */
export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
/** A session as `find` and `entries` return it: its handle, its content and its times. */
export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
/** The function passed to `update`, which changes the session or returns another. It may be called again. */
export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
/** The options of a store, whose `ttl` may be a function of the declared session. All times are in ms. */
export type StoreOptions<Data extends object = DeclaredData> = core.StoreOptions<Data>
