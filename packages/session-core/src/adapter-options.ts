import type { StoreEmitter } from './events.ts'
import type { IsReservedKey } from './merge.ts'
import type { ShowCookie } from './shown-cookie.ts'

/** What an adapter tells the core of its framework. */
export interface AdapterOptions {
  /** Name in the log. */
  component: string
  /** Emits the store's events. Default: the SessionStore itself. */
  emitter?: StoreEmitter
  /** True for keys that the framework's session object cannot hold: such a key is hidden from it, and stays stored. */
  isReservedKey?: IsReservedKey
  /** How the framework needs to be shown a cookie. Default: as it is. */
  showCookie?: ShowCookie
  /** Default: `Date.now`. */
  now?(): number
}
