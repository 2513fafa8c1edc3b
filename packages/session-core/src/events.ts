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
  merged: [event: SessionName & { keys: readonly string[] }]
  /** A save came for a session that has ended, and was not written. */
  dropped: [event: SessionName]
  /** A cleanup has run. */
  cleanup: [report: CleanupReport]
  /** A bank with a limit has removed so many live sessions to make room. */
  evicted: [event: { count: number }]
  /** An error that no caller waits for. Without a listener it goes to the log, without a log to `process.emitWarning`. */
  error: [error: Error]
}

type Name = keyof StoreEvents
type Listener<Event extends Name> = (...event: StoreEvents[Event]) => void

/** What emits a store's events: the store itself, or a framework's store around it. */
export interface StoreEmitter {
  emit<Event extends Name>(name: Event, ...event: StoreEvents[Event]): boolean
  listenerCount(name: Name): number
  rawListeners: EventEmitter['rawListeners']
}

/** An EventEmitter of a store's events, for a class that a framework wants to inherit from its own. */
export interface StoreEventEmitter extends StoreEmitter {
  addListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  on<Event extends Name>(name: Event, listener: Listener<Event>): this
  once<Event extends Name>(name: Event, listener: Listener<Event>): this
  prependListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  prependOnceListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  off<Event extends Name>(name: Event, listener: Listener<Event>): this
  removeListener<Event extends Name>(name: Event, listener: Listener<Event>): this
  removeAllListeners(name?: Name): this
  listeners: EventEmitter['listeners']
  eventNames(): (string | symbol)[]
  setMaxListeners(count: number): this
  getMaxListeners(): number
}
