import type { StoreEmitter } from './events.ts'
import type { IsReservedKey } from './merge.ts'
import type { ShowCookie } from './shown-cookie.ts'

/** How the core works for one framework. */
export interface AdapterOptions {
  /** The store's name in logs and warnings. */
  component: string
  /** Emits the store's events. Default: the SessionStore itself. */
  emitter?: StoreEmitter
  /** Returns true for a key that the framework's session object cannot hold. It stays stored, but is not loaded. */
  isReservedKey?: IsReservedKey
  /** Converts a loaded cookie for the framework. Default: no conversion. */
  showCookie?: ShowCookie
  /** The clock, in ms since the epoch. Default: `Date.now`. */
  now?(): number
}
