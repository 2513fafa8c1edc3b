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
export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
export type StoreOptions<Data extends object = DeclaredData> = core.StoreOptions<Data>
