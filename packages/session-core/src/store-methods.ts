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

/** The methods that every framework's store adds to those of the framework. With a callback they return nothing. */
export interface StoreMethods<Data extends object = AnyData> {
  /** Returns all live sessions, each with its `sid`. To stream them, use `entries`. */
  all(): Promise<ListedSession<Data>[]>
  /** Calls the callback once with the result, asynchronously. */
  all(callback: NodeCallback<ListedSession<Data>[]>): void
  /**
   * Streams all live sessions; see {@link SessionStore.entries}.
   *
   * @example
   * ```ts
   * for await (const { handle, session } of store.entries()) console.log(handle, session.user.name)
   * ```
   */
  entries(): AsyncGenerator<FoundSession<Data>>
  /** Returns the number of live sessions; see {@link SessionStore#length} for its cost. */
  length(): Promise<number>
  /** Calls the callback once with the result, asynchronously. */
  length(callback: NodeCallback<number>): void
  /** Returns the number of sessions, their ages and their size. Reads all of them. */
  stats(): Promise<StoreStats>
  /** Calls the callback once with the result, asynchronously. */
  stats(callback: NodeCallback<StoreStats>): void
  /** Ends all sessions. */
  clear(): Promise<void>
  /** Calls the callback when all sessions have ended. */
  clear(callback: NodeCallback<void>): void
  /** Removes expired sessions now. */
  cleanup(): Promise<CleanupReport>
  /** Calls the callback once with the result, asynchronously. */
  cleanup(callback: NodeCallback<CleanupReport>): void
  /** Stops the timer, and waits for a running cleanup. The bank stays connected. */
  close(): Promise<void>
  /** Calls the callback when the store is closed. */
  close(callback: NodeCallback<void>): void
  /**
   * Changes a session atomically. Returns it as it was written; null if there is none. `change` gets the session as it
   * is now. It may be called again, so it should have no other effects; see {@link SessionStore.update}.
   *
   * @throws ConflictError if other writers came first until `timeout`; nothing was written
   * @throws SlowChangeError if `change` takes longer than `timeout`; nothing was written
   * @example
   * ```ts
   * const session = await store.update(sid, (session) => {
   *   session.visits++
   * })
   * if (session === null) console.log('the session has ended')
   * ```
   */
  update(sid: string, change: ChangeSession<Data>): Promise<SessionData<Data> | null>
  /** Calls the callback once with the result, asynchronously. */
  update(sid: string, change: ChangeSession<Data>, callback: NodeCallback<SessionData<Data> | null>): void
  /**
   * Returns the live sessions that match all these values, compared strictly; by index if the bank's schema has one.
   *
   * @throws InvalidOptionError if a value is undefined or not a JSON scalar; see {@link SessionStore.find}
   * @example
   * ```ts
   * for (const { handle, lastUsedAt } of await store.find({ 'user.id': 42 })) console.log(handle, lastUsedAt)
   * ```
   */
  find<Field extends string>(criteria: CheckedCriteria<Data, Field>): Promise<FoundSession<Data>[]>
  /** Calls the callback once with the result, asynchronously. */
  find<Field extends string>(criteria: CheckedCriteria<Data, Field>, callback: NodeCallback<FoundSession<Data>[]>): void
  /**
   * Ends the sessions that match all these values. Returns their number.
   *
   * @throws InvalidOptionError for the same criteria as `find`, before any session is ended; see
   * {@link SessionStore.destroyWhere}
   * @example
   * ```ts
   * await store.destroyWhere({ 'user.id': 42 }, { except: sid }) // logs out everywhere else
   * await store.destroyWhere({ 'user.id': 42 }, { handle: sessionHandle(sid) }) // logs one device out
   * ```
   */
  destroyWhere<Field extends string>(
    criteria: CheckedCriteria<Data, Field>,
    options?: DestroyWhereOptions,
  ): Promise<number>
  /** Calls the callback once with the result, asynchronously. */
  destroyWhere<Field extends string>(
    criteria: CheckedCriteria<Data, Field>,
    options: DestroyWhereOptions | undefined,
    callback: NodeCallback<number>,
  ): void
  /** Calls the callback once with the result, asynchronously. */
  destroyWhere<Field extends string>(criteria: CheckedCriteria<Data, Field>, callback: NodeCallback<number>): void
}

/** A class of stores. Its instances have the types of the app's sessions and of the events. */
export type StoreClass<Own> = abstract new <Data extends object = AnyData>() => StoreMethods<Data> &
  StoreEventEmitter &
  Own

/**
 * Adds {@link StoreMethods} to a class of stores. They use the `sessions` that the store creates in its constructor. (A
 * mixin, because a store for Express must inherit from express-session's class.)
 *
 * @typeParam Own members of the base that the store or the framework uses; default: none
 * @example
 * ```ts
 * import { EventEmitter } from 'node:events'
 *
 * class MyStore extends withStoreMethods(EventEmitter) {
 *   readonly sessions = new SessionStore(bank, {}, { component: 'my-store', emitter: this })
 * }
 * console.log(await new MyStore().length())
 * ```
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
      // Misplaced options must not be ignored: they may name the sessions to keep.
      if (typeof options === 'function' && callback !== undefined) {
        const misplaced = 'destroyWhere takes (criteria, options, callback): pass the options before the callback'
        return this.sessions.answer(Promise.reject(new InvalidOptionError(misplaced)), options)
      }
      if (typeof options === 'function') return this.sessions.answer(this.sessions.destroyWhere(criteria), options)
      assertCallback(callback)
      return this.sessions.answer(this.sessions.destroyWhere(criteria, options), callback)
    }
  }
  return Store
}

/** The arguments after the bank: options, or connect-databank's `log, cleanup`. */
export type StoreArguments<Data extends object = AnyData> =
  | [options?: StoreOptions<Data>]
  | [log: Logger | null | undefined, cleanup?: number | false | null]

/**
 * Returns the options of a store. Arguments in connect-databank's form mean what they mean there: without a cleanup
 * interval there is no timer, and sessions without an expiry never end.
 *
 * @throws InvalidOptionError if the arguments have neither form
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
