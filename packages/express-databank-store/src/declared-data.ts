import type * as core from '@sessionbank/session-core'
import type * as session from 'express-session'

/** express-session's `SessionData`, to which an app adds its keys. It has no members if the app has no types of it. */
export interface ExpressSession extends session.SessionData {}

/**
 * The keys that the app declares in `SessionData` of express-session. Each may be absent, as in `req.session`. Any keys if
 * the app declares none.
 */
export type DeclaredData = [Exclude<keyof ExpressSession, 'cookie'>] extends [never]
  ? core.AnyData
  : { [Key in keyof ExpressSession as Key extends 'cookie' ? never : Key]?: ExpressSession[Key] }

// The types of the core, for the declared session by default.
export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
export type StoreOptions<Data extends object = DeclaredData> = core.StoreOptions<Data>
