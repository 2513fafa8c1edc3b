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
  /** Options beside `touchAfter: 0`, with which every touch is seen; 'defaults': none at all. */
  store?: StoreOptions | 'defaults'
  /** More options of the store, also beside 'defaults'. */
  protection?: Protection | undefined
  /** Life of a session; null: until the browser closes. Default: a day. */
  maxAge?: number | null
  /** Several: the first signs. Default: SECRET. */
  secret?: string | string[]
  /** One cookie, `sid`, that all three frameworks understand, in place of the framework's own. */
  sharedCookie?: boolean
  /** More of the framework's own session options. */
  session?: object
  /** Routes beside those that every app has. */
  routes?: Routes
}

/** A web app that is listening. */
export interface App {
  url: string
  store: Store
  /** A `Cookie` header for this session id, signed as the app itself would have signed it. */
  cookieFor(sid: string): string
  close(): Promise<void>
}

/** A framework under test. */
export interface Framework {
  name: 'Express' | 'Koa' | 'Fastify'
  /** What tests call it; names its versions if they are not the newest. */
  title: string
  /** Session options that make the framework save and touch in other ways. */
  variants: { name: string; session: object }[]
  /** Whether its sessions can be saved although nothing was put into them, and the option that does it. */
  saveUninitialized: object | null
  /** What it does about a session that is only read, with its default options: moves its expiry, or nothing. */
  touches: boolean
  hasReload: boolean
  start(options: StartOptions): Promise<App>
}

/** What an app's store is made with. */
export function storeOptions(store: StartOptions['store'], protection: StartOptions['protection']): StoreOptions {
  return { ...protection, ...(store === 'defaults' ? {} : { touchAfter: 0, ...store }) }
}

/** What an error handler tells the client. */
export function describeError(error: unknown): { code: string | undefined; message: string } {
  const { code, message } = error as NodeJS.ErrnoException
  return { code, message }
}
