import type * as core from '@sessionbank/session-core'

// An app adds the keys of its sessions to this interface, which koa-session 7 itself does not have. ES modules and
// CommonJS resolve koa-session to different files, each with its own interface.
// biome-ignore-start lint/suspicious/noTsIgnore: an error occurs only if the app declares nothing
/** @ts-ignore */
import type { Session as ImportedSession } from 'koa-session' with { 'resolution-mode': 'import' }
/** @ts-ignore */
import type { Session as RequiredSession } from 'koa-session' with { 'resolution-mode': 'require' }

// biome-ignore-end lint/suspicious/noTsIgnore: see above

// If a type does not exist, an interface inherits no members from it. Any other type would become `any`.
interface ForImport extends ImportedSession {}
interface ForRequire extends RequiredSession {}

/** The keys that the app declares in koa-session's `Session`. Any keys if it declares none. */
export type DeclaredData = [keyof Declared] extends [never] ? core.AnyData : Declared

type Declared = OwnKeys<ForImport & ForRequire>

type OwnKeys<Session> = { [Key in keyof Session as IsData<Key> extends true ? Key : never]: Session[Key] }

/** Whether a key is the app's. The types of koa-session also have members of its Session and an index signature. */
type IsData<Key> = Key extends ReservedKey | symbol
  ? false
  : string extends Key
    ? false
    : number extends Key
      ? false
      : true

type ReservedKey =
  | 'commit'
  | 'externalKey'
  | 'inspect'
  | 'isNew'
  | 'length'
  | 'manuallyCommit'
  | 'maxAge'
  | 'populated'
  | 'regenerate'
  | 'save'
  | 'toJSON'
  | `_${string}`

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
