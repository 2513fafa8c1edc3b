import type * as core from '@sessionbank/session-core'

// An app adds the keys of its sessions to this interface, which koa-session 7 does not have by itself. To an ES module
// koa-session is another file than to CommonJS, and each has an interface of its own.
// biome-ignore-start lint/suspicious/noTsIgnore: an error is expected only where the app declares nothing
/** @ts-ignore */
import type { Session as ImportedSession } from 'koa-session' with { 'resolution-mode': 'import' }
/** @ts-ignore */
import type { Session as RequiredSession } from 'koa-session' with { 'resolution-mode': 'require' }

// biome-ignore-end lint/suspicious/noTsIgnore: see above

// An interface has no members from a type that is not there. In any other type, that would become `any`.
interface ForImport extends ImportedSession {}
interface ForRequire extends RequiredSession {}

/** The keys that the app declares in `Session` of koa-session. Any keys if it declares none. */
export type DeclaredData = [keyof Declared] extends [never] ? core.AnyData : Declared

type Declared = OwnKeys<ForImport & ForRequire>

type OwnKeys<Session> = { [Key in keyof Session as IsData<Key> extends true ? Key : never]: Session[Key] }

/** Whether a key is the app's. Types of koa-session may have one of any name, beside those of a session's own. */
type IsData<Key> = Key extends Withheld | symbol
  ? false
  : string extends Key
    ? false
    : number extends Key
      ? false
      : true

type Withheld =
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

// The types of the core, for the declared session by default.
/** A session as `get` and `update` have it: the declared keys, unless `Data` says others, and the cookie. */
export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
/** A session as `all` returns it: with its `sid`, unless the bank holds only digests of ids. */
export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
/** A session as `find` and `entries` return it: its handle, its content and its times. */
export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
/** The function that is given to `update`: it changes the session, or returns another. It may be called again. */
export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
/** The options of a store, whose `ttl` may be a function of the declared session. All times are in ms. */
export type StoreOptions<Data extends object = DeclaredData> = core.StoreOptions<Data>
