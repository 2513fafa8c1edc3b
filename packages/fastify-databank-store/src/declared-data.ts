import type { FastifySessionObject } from '@fastify/session'
import type * as core from '@sessionbank/session-core'

/** Whether a key of `request.session` is the app's: not one of a method, nor of @fastify/session. */
type IsData<Name extends keyof FastifySessionObject> = Name extends 'cookie' | 'encryptedSessionId' | 'sessionId'
  ? false
  : NonNullable<FastifySessionObject[Name]> extends (...args: never[]) => unknown
    ? false
    : true

/** The keys that the app declares in `Session` of fastify or `FastifySessionObject` of @fastify/session. Any keys if it declares none. */
export type DeclaredData = [keyof Declared] extends [never] ? core.AnyData : Declared

type Declared = {
  [Name in keyof FastifySessionObject as IsData<Name> extends true ? Name : never]: FastifySessionObject[Name]
}

// The types of the core, for the declared session by default.
export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
export type StoreOptions<Data extends object = DeclaredData> = core.StoreOptions<Data>
