import type { DatabankStore as ExpressDatabankStore } from '@sessionbank/express-databank-store'
import type { DatabankStore as FastifyDatabankStore } from '@sessionbank/fastify-databank-store'
import type { DatabankStore as KoaDatabankStore } from '@sessionbank/koa-databank-store'
import type { Bank, StoreOptions } from '@sessionbank/session-core'
import type { Protection } from '../protection.ts'
import type { Routes } from './routes.ts'

export type Store = ExpressDatabankStore | KoaDatabankStore | FastifyDatabankStore

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const SECRET = 'a secret of at least thirty-two characters'

export interface StartOptions {
  bank: Bank
  /** Options in addition to `touchAfter: 0`, which makes every touch visible; 'defaults': no options at all. */
  store?: StoreOptions | 'defaults'
  /** More options of the store, also with 'defaults'. */
  protection?: Protection | undefined
  /** The session's maxAge in ms; null: a session cookie. Default: a day. */
  maxAge?: number | null
  /** If there are several, the first one signs. Default: SECRET. */
  secret?: string | string[]
  /** If true, uses the cookie `sid`, which all three frameworks understand, instead of the framework's own. */
  sharedCookie?: boolean
  /** More session options of the framework. */
  session?: object
  /** Routes in addition to those of every app. */
  routes?: Routes
}

/** A listening web app. */
export interface App {
  url: string
  store: Store
  /** Returns a `Cookie` header for this session id, signed as by the app itself. */
  cookieFor(sid: string): string
  close(): Promise<void>
}

/** A framework under test. */
export interface Framework {
  name: 'Express' | 'Koa' | 'Fastify'
  /** Its title in test names, with versions if they are not the newest. */
  title: string
  /** Session options that change when the framework saves and touches. */
  variants: { name: string; session: object }[]
  /** The options with which the framework saves empty sessions, or null if it cannot save them. */
  saveUninitialized: object | null
  /** True if the framework, with its default options, touches a session that is only read. */
  touches: boolean
  hasReload: boolean
  start(options: StartOptions): Promise<App>
}

/** Returns the options of an app's store. */
export function storeOptions(store: StartOptions['store'], protection: StartOptions['protection']): StoreOptions {
  return { ...protection, ...(store === 'defaults' ? {} : { touchAfter: 0, ...store }) }
}

/** Returns an error as an error handler sends it to the client. */
export function describeError(error: unknown): { code: string | undefined; message: string } {
  const { code, message } = error as NodeJS.ErrnoException
  return { code, message }
}
