import type { EventEmitter } from 'node:events'
import type { NodeCallback } from '@sessionbank/databank-kit'
import type { Criteria, DestroyWhereOptions } from './criteria.ts'
import { InvalidOptionError } from './errors.ts'
import type { StoreEventEmitter } from './events.ts'
import type { CheckedCriteria } from './field-types.ts'
import type { FoundSession } from './found-session.ts'
import type { Logger } from './log.ts'
import { isLogger, type StoreOptions } from './options.ts'
import { assertCallback } from './reporter.ts'
import type { SessionStore } from './session-store.ts'
import type { ListedSession } from './session-types.ts'
import type { StoreStats } from './stats.ts'
import type { CleanupReport } from './sweeper.ts'
import type { AnyData, ChangeSession, SessionData } from './to-session.ts'

/** What every framework's store has beside the framework's own methods. With a callback each returns nothing. */
export interface StoreMethods<Data extends object = AnyData> {
  /** Returns all live sessions, each with its `sid`; `entries` streams them instead. */
  all(): Promise<ListedSession<Data>[]>
  /** Passes the result to a callback, once, on a fresh tick. */
  all(callback: NodeCallback<ListedSession<Data>[]>): void
  /** Streams all live sessions; see {@link SessionStore.entries}. */
  entries(): AsyncGenerator<FoundSession<Data>>
  /** Returns how many live sessions there are; see {@link SessionStore#length} for what it costs. */
  length(): Promise<number>
  /** Passes the result to a callback, once, on a fresh tick. */
  length(callback: NodeCallback<number>): void
  /** Returns how many sessions there are, how old they are and what they take; goes through all of them. */
  stats(): Promise<StoreStats>
  /** Passes the result to a callback, once, on a fresh tick. */
  stats(callback: NodeCallback<StoreStats>): void
  /** Ends all sessions. */
  clear(): Promise<void>
  /** Calls back when all sessions have ended. */
  clear(callback: NodeCallback<void>): void
  /** Removes expired sessions now. */
  cleanup(): Promise<CleanupReport>
  /** Passes the result to a callback, once, on a fresh tick. */
  cleanup(callback: NodeCallback<CleanupReport>): void
  /** Stops the timer, and waits for a cleanup that is under way; the bank stays connected. */
  close(): Promise<void>
  /** Calls back when the store is closed. */
  close(callback: NodeCallback<void>): void
  /**
   * Changes a session in one atomic step, and returns it as written; null if there is none. `change` gets the session as
   * it is now. It may be called again, so it does nothing else; see {@link SessionStore.update}.
   *
   * @throws ConflictError if others were faster until `timeout`; nothing was written
   * @throws SlowChangeError if `change` takes longer than `timeout`; nothing was written
   * @example await store.update(sid, (session) => { session.visits++ })
   */
  update(sid: string, change: ChangeSession<Data>): Promise<SessionData<Data> | null>
  /** Passes the result to a callback, once, on a fresh tick. */
  update(sid: string, change: ChangeSession<Data>, callback: NodeCallback<SessionData<Data> | null>): void
  /**
   * Returns the live sessions that have all these values, compared strictly; by index if the bank's schema has one.
   *
   * @throws InvalidOptionError if a value is undefined or no JSON scalar; see {@link SessionStore.find}
   * @example await store.find({ 'user.id': 42 })
   */
  find<Field extends string>(criteria: CheckedCriteria<Data, Field>): Promise<FoundSession<Data>[]>
  /** Passes the result to a callback, once, on a fresh tick. */
  find<Field extends string>(criteria: CheckedCriteria<Data, Field>, callback: NodeCallback<FoundSession<Data>[]>): void
  /**
   * Ends the sessions that have all these values, and returns their number.
   *
   * @throws InvalidOptionError, before a session is ended, as `find` does; see {@link SessionStore.destroyWhere}
   * @example await store.destroyWhere({ 'user.id': 42 }, { except: req.sessionID }) // log out everywhere else
   * @example await store.destroyWhere({ 'user.id': 42 }, { handle }) // log one device out
   */
  destroyWhere<Field extends string>(
    criteria: CheckedCriteria<Data, Field>,
    options?: DestroyWhereOptions,
  ): Promise<number>
  /** Passes the result to a callback, once, on a fresh tick. */
  destroyWhere<Field extends string>(
    criteria: CheckedCriteria<Data, Field>,
    options: DestroyWhereOptions | undefined,
    callback: NodeCallback<number>,
  ): void
  /** Passes the result to a callback, once, on a fresh tick. */
  destroyWhere<Field extends string>(criteria: CheckedCriteria<Data, Field>, callback: NodeCallback<number>): void
}

/** A class of stores, whose instances know the app's sessions and the events. */
export type StoreClass<Own> = abstract new <Data extends object = AnyData>() => StoreMethods<Data> &
  StoreEventEmitter &
  Own

/**
 * Gives a class of stores {@link StoreMethods}, which ask the `sessions` that the store makes in its constructor. (A mixin,
 * since Express wants a store to inherit from its own class.)
 *
 * @typeParam Own what the base has of its own and the store or the framework uses; default: nothing
 * @example class DatabankStore<Data extends object> extends withStoreMethods(EventEmitter)<Data> {}
 */
export function withStoreMethods<Own extends object = object>(
  base: abstract new () => EventEmitter & NoInfer<Own>,
): StoreClass<Own>
export function withStoreMethods(base: abstract new () => EventEmitter) {
  abstract class Store extends base {
    abstract readonly sessions: SessionStore

    all(callback?: NodeCallback<SessionData[]>) {
      return this.sessions.answer(this.sessions.all(), callback)
    }

    entries() {
      return this.sessions.entries()
    }

    length(callback?: NodeCallback<number>) {
      return this.sessions.answer(this.sessions.length(), callback)
    }

    stats(callback?: NodeCallback<StoreStats>) {
      return this.sessions.answer(this.sessions.stats(), callback)
    }

    clear(callback?: NodeCallback<void>) {
      return this.sessions.answer(this.sessions.clear(), callback)
    }

    cleanup(callback?: NodeCallback<CleanupReport>) {
      return this.sessions.answer(this.sessions.cleanup(), callback)
    }

    close(callback?: NodeCallback<void>) {
      return this.sessions.answer(this.sessions.close(), callback)
    }

    update(sid: string, change: ChangeSession, callback?: NodeCallback<SessionData | null>) {
      return this.sessions.answer(this.sessions.update(sid, change), callback)
    }

    find(criteria: Criteria, callback?: NodeCallback<FoundSession[]>) {
      return this.sessions.answer(this.sessions.find(criteria), callback)
    }

    destroyWhere(
      criteria: Criteria,
      options?: DestroyWhereOptions | NodeCallback<number>,
      callback?: NodeCallback<number>,
    ) {
      // Options in the wrong place must not be overlooked: they say which sessions stay.
      if (typeof options === 'function' && callback !== undefined) {
        const misplaced = 'destroyWhere takes (criteria, options, callback): give the options before the callback'
        return this.sessions.answer(Promise.reject(new InvalidOptionError(misplaced)), options)
      }
      if (typeof options === 'function') return this.sessions.answer(this.sessions.destroyWhere(criteria), options)
      assertCallback(callback)
      return this.sessions.answer(this.sessions.destroyWhere(criteria, options), callback)
    }
  }
  return Store
}

/** What comes after the bank: options, or connect-databank's `log, cleanup`. */
export type StoreArguments<Data extends object = AnyData> =
  | [options?: StoreOptions<Data>]
  | [log: Logger | null | undefined, cleanup?: number | false | null]

/**
 * The options of a store. connect-databank's form means what it meant there: without a cleanup interval no timer, and
 * sessions without an expiry live for ever.
 *
 * @throws InvalidOptionError where they are neither
 */
export function optionsFrom<Data extends object = AnyData>(args: StoreArguments<Data>): StoreOptions<Data> {
  const [first, cleanup] = args
  if (args.length < 2 && first !== null && !isLogger(first)) return (first as StoreOptions<Data> | undefined) ?? {}
  if (first && !isLogger(first)) {
    throw new InvalidOptionError(
      'a store takes (bank, options) or (bank, log, cleanup): log is a bunyan or pino logger',
    )
  }
  return {
    log: (first as Logger | null | undefined) ?? null,
    cleanupInterval: cleanup || false,
    ttl: false,
    touchAfter: 0,
  }
}
