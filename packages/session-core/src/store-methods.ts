import type { EventEmitter } from 'node:events'
import type { NodeCallback } from '@sessionbank/databank-kit'
import type { Criteria, DestroyWhereOptions } from './criteria.ts'
import { InvalidOptionError } from './errors.ts'
import type { Logger } from './log.ts'
import { isLogger, type StoreOptions } from './options.ts'
import { assertCallback } from './reporter.ts'
import type { SessionStore } from './session-store.ts'
import type { CleanupReport } from './sweeper.ts'
import type { SessionData } from './to-session.ts'

type Change = Parameters<SessionStore['update']>[1]

/** What every framework's store has beside the framework's own methods. With a callback each returns nothing. */
export interface StoreMethods {
  /** All live sessions, each with its `sid`. */
  all(): Promise<SessionData[]>
  all(callback: NodeCallback<SessionData[]>): void
  /** How many live sessions there are. */
  length(): Promise<number>
  length(callback: NodeCallback<number>): void
  /** Ends all sessions. */
  clear(): Promise<void>
  clear(callback: NodeCallback<void>): void
  /** Removes expired sessions now. */
  cleanup(): Promise<CleanupReport>
  cleanup(callback: NodeCallback<CleanupReport>): void
  /** Stops the timer; the bank stays connected. */
  close(): Promise<void>
  close(callback: NodeCallback<void>): void
  /** Changes a session in one atomic step; see {@link SessionStore.update}. */
  update(sid: string, change: Change): Promise<SessionData | null>
  update(sid: string, change: Change, callback: NodeCallback<SessionData | null>): void
  /** The live sessions that have all these values; see {@link SessionStore.find}. */
  find(criteria: Criteria): Promise<SessionData[]>
  find(criteria: Criteria, callback: NodeCallback<SessionData[]>): void
  /** Ends the sessions that have all these values, and gives their number; see {@link SessionStore.destroyWhere}. */
  destroyWhere(criteria: Criteria, options?: DestroyWhereOptions): Promise<number>
  destroyWhere(criteria: Criteria, options: DestroyWhereOptions | undefined, callback: NodeCallback<number>): void
  destroyWhere(criteria: Criteria, callback: NodeCallback<number>): void
}

/**
 * Gives a class of stores {@link StoreMethods}, which ask the `sessions` that the store makes in its constructor. (A mixin,
 * since Express wants a store to inherit from its own class. StoreMethods come first in its type: express-session declares
 * some of them too, and less exactly.)
 */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants a mixin's constructor to take any arguments
export function withStoreMethods<Base extends abstract new (...args: any[]) => EventEmitter>(
  base: Base,
  // biome-ignore lint/suspicious/noExplicitAny: as above
): (abstract new (...args: any[]) => StoreMethods) & Base {
  abstract class Store extends base {
    abstract readonly sessions: SessionStore

    all(callback?: NodeCallback<SessionData[]>) {
      return this.sessions.answer(this.sessions.all(), callback)
    }

    length(callback?: NodeCallback<number>) {
      return this.sessions.answer(this.sessions.length(), callback)
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

    update(sid: string, change: Change, callback?: NodeCallback<SessionData | null>) {
      return this.sessions.answer(this.sessions.update(sid, change), callback)
    }

    find(criteria: Criteria, callback?: NodeCallback<SessionData[]>) {
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
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return Store as unknown as (abstract new (...args: any[]) => StoreMethods) & Base
}

/** What comes after the bank: options, or connect-databank's `log, cleanup`. */
export type StoreArguments =
  | [options?: StoreOptions]
  | [log: Logger | null | undefined, cleanup?: number | false | null]

/**
 * The options of a store. connect-databank's form means what it meant there: without a cleanup interval no timer, and
 * sessions without an expiry live for ever.
 *
 * @throws InvalidOptionError where they are neither
 */
export function optionsFrom(args: StoreArguments): StoreOptions {
  const [first, cleanup] = args
  if (args.length < 2 && first !== null && !isLogger(first)) return (first as StoreOptions | undefined) ?? {}
  if (first && !isLogger(first)) {
    throw new InvalidOptionError(
      'a store takes (bank, options) or (bank, log, cleanup): log is a bunyan or pino logger',
    )
  }
  return { log: (first as Logger | null | undefined) ?? null, cleanupInterval: cleanup || false, ttl: false }
}
