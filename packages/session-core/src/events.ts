import type { EventEmitter } from 'node:events'
import type { CleanupReport } from './sweeper.ts'

/** Names a session in events and in the log. */
export interface SessionName {
  /** See {@link sessionHandle}. */
  handle: string
  /** Only with `logContents`, and never with `hashIds`. */
  sid?: string
}

/**
 * The events of a store, with the arguments of their listeners.
 *
 * @example
 * ```ts
 * store.on('merged', ({ handle, keys }) => console.log(`merged ${keys} into session ${handle}`))
 * store.on('error', (error) => console.error(error))
 * ```
 */
export interface StoreEvents {
  /** Another request changed the session first; the changed keys of this request were merged into its session. */
  merged: [
    event: SessionName & {
      /** The top-level keys that this request changed. */
      keys: readonly string[]
    },
  ]
  /** A save was not written because the session has ended. */
  dropped: [event: SessionName]
  /** A cleanup has run. */
  cleanup: [report: CleanupReport]
  /** A bank with a limit has removed live sessions to make room. */
  evicted: [
    event: {
      /** Number of removed sessions. */
      count: number
    },
  ]
  /**
   * An error that no caller receives. Without a listener it is logged; without a log, `process.emitWarning` shows it.
   */
  error: [error: Error]
}

type Name = keyof StoreEvents
type Listener<Event extends Name> = (...event: StoreEvents[Event]) => void

/** Emits the events of a store: the store itself, or the framework's store that contains it. */
export interface StoreEmitter {
  /** Emits an event. Returns false if it has no listener. */
  emit<Event extends Name>(name: Event, ...event: StoreEvents[Event]): boolean
  /** Returns how many listeners an event has. */
  listenerCount(name: Name): number
  /** Returns the listeners of an event, including the wrappers of `once`. */
  rawListeners: EventEmitter['rawListeners']
}

/** An EventEmitter for a store's events, for stores that inherit from a class of the framework. */
export interface StoreEventEmitter extends StoreEmitter {
  /** Adds a listener, as `on` does. */
  addListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener. Its errors become `error` events. */
  on<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener for the next event of this name only. */
  once<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener before the existing ones. */
  prependListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener for the next event of this name only, before the existing ones. */
  prependOnceListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Removes a listener. */
  off<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Removes a listener, as `off` does. */
  removeListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Removes all listeners, or those of one event. */
  removeAllListeners(name?: Name): this
  /** Returns the listeners of an event. */
  listeners: EventEmitter['listeners']
  /** Returns the events that have listeners. */
  eventNames(): (string | symbol)[]
  /** Sets the number of listeners per event above which Node warns of a leak. Default: 10. */
  setMaxListeners(count: number): this
  /** Returns the number of listeners per event above which Node warns of a leak. */
  getMaxListeners(): number
}
