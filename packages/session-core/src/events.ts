import type { EventEmitter } from 'node:events'
import type { CleanupReport } from './sweeper.ts'

/** What a session is called in events and in the log. */
export interface SessionName {
  /** See {@link sessionHandle}. */
  handle: string
  /** Only with `logContents`, and never with `hashIds`. */
  sid?: string
}

/** The events of a store, each with what its listeners get. */
export interface StoreEvents {
  /** Another request was faster: these keys of this one were put over its session. */
  merged: [
    event: SessionName & {
      /** The top-level keys of this request that were put over the session. */
      keys: readonly string[]
    },
  ]
  /** A save came for a session that has ended, and was not written. */
  dropped: [event: SessionName]
  /** A cleanup has run. */
  cleanup: [report: CleanupReport]
  /** A bank with a limit has removed so many live sessions to make room. */
  evicted: [
    event: {
      /** How many sessions. */
      count: number
    },
  ]
  /** An error that no caller waits for. Without a listener it goes to the log, without a log to `process.emitWarning`. */
  error: [error: Error]
}

type Name = keyof StoreEvents
type Listener<Event extends Name> = (...event: StoreEvents[Event]) => void

/** What emits a store's events: the store itself, or a framework's store around it. */
export interface StoreEmitter {
  /** Emits an event. Returns false if it has no listener. */
  emit<Event extends Name>(name: Event, ...event: StoreEvents[Event]): boolean
  /** Returns how many listeners an event has. */
  listenerCount(name: Name): number
  /** Returns the listeners of an event, with the wrappers of `once`. */
  rawListeners: EventEmitter['rawListeners']
}

/** An EventEmitter of a store's events, for a class that a framework wants to inherit from its own. */
export interface StoreEventEmitter extends StoreEmitter {
  /** Adds a listener, as `on` does. */
  addListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener. What it throws becomes an `error` event. */
  on<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener for the next such event only. */
  once<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener before those that are there. */
  prependListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  /** Adds a listener for the next such event only, before those that are there. */
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
  /** Sets how many listeners an event may have before Node warns of a leak. Default: 10. */
  setMaxListeners(count: number): this
  /** Returns how many listeners an event may have before Node warns of a leak. */
  getMaxListeners(): number
}
