import type * as core from '@sessionbank/session-core'
import type * as session from 'express-session'

/** express-session's `SessionData`, to which an app adds its keys. Has no members if its types are not installed. */
export interface ExpressSession extends session.SessionData {}

/**
 * The keys that the app declares in express-session's `SessionData`. Each may be absent, as in `req.session`. Any keys
 * if the app declares none.
 */
export type DeclaredData = [Exclude<keyof ExpressSession, 'cookie'>] extends [never]
  ? core.AnyData
  : { [Key in keyof ExpressSession as Key extends 'cookie' ? never : Key]?: ExpressSession[Key] }

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
