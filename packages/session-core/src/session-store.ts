import { EventEmitter } from 'node:events'
import { attempt, type NodeCallback } from '@sessionbank/databank-kit'
import type { AdapterOptions } from './adapter-options.ts'
import type { Bank } from './bank.ts'
import { Cleanup } from './cleanup.ts'
import type { Criteria, DestroyWhereOptions } from './criteria.ts'
import { Decisions } from './decisions.ts'
import { InvalidOptionError } from './errors.ts'
import type { StoreEvents } from './events.ts'
import type { CheckedCriteria } from './field-types.ts'
import type { FoundSession } from './found-session.ts'
import { sessionHandle } from './handle.ts'
import { Link } from './link.ts'
import { Listing } from './listing.ts'
import { Operations } from './operations.ts'
import type { StoreOptions } from './options.ts'
import { assertNotHashed, assertSessionId, isSessionId } from './session-id.ts'
import { SessionRecords } from './session-records.ts'
import type { ListedSession } from './session-types.ts'
import { SessionWrites } from './session-writes.ts'
import { cookieOf, sessionIn, snapshot } from './snapshot.ts'
import { type StoreStats, statsOf } from './stats.ts'
import { type StoreContext, storeContext } from './store-context.ts'
import type { CleanupReport } from './sweeper.ts'
import { SyncWriter } from './sync-writer.ts'
import { type AnyData, type ChangeSession, type LoadedSession, type SessionData, toSession } from './to-session.ts'
import { Writer } from './writer.ts'

const withoutResult = () => {}

/**
 * The session store that all frameworks share. Frameworks pass sessions around in different ways; the adapters call
 * `load`, `save`, `touch` and `destroy` with the {@link Link} of the session object.
 *
 * Its events are {@link StoreEvents}. `Data` is the type of the app's own keys in a session.
 * @example
 * ```ts
 * const bank = await openDatabank('disk:./sessions')
 * const sessions = new SessionStore(bank, { cleanupInterval: false }) // a script needs no timer
 * console.log(await sessions.stats())
 * await sessions.close()
 * await bank.disconnect()
 * ```
 */
export class SessionStore<Data extends object = AnyData> extends EventEmitter<StoreEvents> {
  readonly #context: StoreContext
  readonly #records: SessionRecords
  readonly #writes: SessionWrites
  readonly #writer: Writer
  readonly #syncWriter: SyncWriter
  readonly #operations: Operations
  readonly #listing: Listing
  readonly #cleanup: Cleanup

  /** @throws InvalidOptionError if an option is unknown or out of range, or if the bank is not a databank */
  constructor(bank: Bank, options: StoreOptions<Data> = {}, adapter: AdapterOptions = { component: 'session-core' }) {
    super()
    this.#context = storeContext(bank, options as StoreOptions, adapter, this)
    this.#writes = new SessionWrites(this.#context)
    this.#records = new SessionRecords(this.#context, this.#writes)
    const decisions = new Decisions(this.#context)
    this.#writer = new Writer(this.#records, this.#writes, decisions, this.#context)
    this.#syncWriter = new SyncWriter(this.#writes, decisions)
    this.#operations = new Operations(this.#context)
    const destroy = (id: string) => {
      return this.#operations.destroyStored(id, (options) => this.#writes.deleteStored(id, options))
    }
    this.#listing = new Listing(this.#context, this.#records, destroy)
    this.#cleanup = new Cleanup(this.#records, this.#context)
  }

  /**
   * Returns the session; null if there is no live one. Ties the link, which the adapter keeps for the session's save.
   *
   * @throws SessionbankError if the bank fails or does not answer
   */
  load(sid: string, link: Link = new Link()): Promise<SessionData<Data> | null> {
    return this.#context.tracer.run('load', () => this.#load(sid, link), {
      handle: () => (isSessionId(sid) ? sessionHandle(sid) : undefined),
      outcome: (session) => (session ? 'found' : 'missing'),
    })
  }

  #load(sid: string, link: Link): Promise<SessionData<Data> | null> {
    return attempt(() => {
      if (!isSessionId(sid)) return Promise.resolve(null)
      const id = this.#context.ids.idOf(sid)
      const loadedNow = this.#records.readNow({ sid, id })
      if (loadedNow !== undefined) return Promise.resolve(this.#tied(sid, loadedNow, link))
      const deadline = this.#context.deadlines.begin()
      return this.#records.read({ sid, id, deadline }).then((loaded) => this.#tied(sid, loaded, link))
    })
  }

  #tied(sid: string, loaded: LoadedSession | null, link: Link): SessionData<Data> | null {
    if (!loaded) return null
    link.tie(sid, loaded.record)
    const session = toSession(loaded, this.#context.isReserved)
    this.#operations.log('loaded a session', sid, () => ({ session }))
    return session as SessionData<Data>
  }

  /**
   * Saves the changes since the session object was loaded or last saved. Changes by others are kept. Writes nothing if
   * the session is gone.
   *
   * @throws InvalidSessionIdError, InvalidSessionError, SessionTooLargeError: nothing was written
   * @throws SessionbankError if the bank fails or does not answer
   */
  save(sid: string, session: object, link: Link = new Link()): Promise<void> {
    return attempt(() => {
      assertSessionId(sid)
      const mine = snapshot(session)
      const saved = this.#operations.run('save', {
        sid,
        link,
        work: (operation) => this.#writer.save(operation, mine),
        workNow: (operation) => this.#syncWriter.save(operation, mine),
        outcome: () => (link.isGone(sid) ? 'dropped' : 'saved'),
      })
      return this.#operations.logged(saved, 'saved a session', sid, () => ({ session: sessionIn(mine) }))
    })
  }

  /**
   * Extends the session's expiry as its cookie says, and leaves its content alone. Saves a cookie that the app changed.
   */
  touch(sid: string, session: object, link: Link = new Link()): Promise<void> {
    return attempt(() => {
      assertSessionId(sid)
      const cookie = cookieOf(session)
      const touched = this.#operations.run('touch', {
        sid,
        link,
        work: (operation) => this.#writer.touch(operation, cookie),
        workNow: (operation) => this.#syncWriter.touch(operation, cookie),
        outcome: () => (link.isGone(sid) ? 'missing' : 'touched'),
      })
      return this.#operations.logged(touched, 'touched a session', sid)
    })
  }

  /**
   * Ends a session. Does nothing if there is none.
   *
   * @throws InvalidSessionIdError if this is not a session id but its hashed form
   */
  destroy(sid: string): Promise<void> {
    return attempt(() => {
      assertNotHashed(sid)
      if (!isSessionId(sid)) return Promise.resolve()
      const destroyed = this.#operations.run('destroy', {
        sid,
        work: (operation) => this.#writes.delete(operation),
        workNow: (operation) => this.#syncWriter.destroy(operation),
        outcome: (wasThere) => (wasThere ? 'destroyed' : 'missing'),
      })
      return this.#operations.logged(destroyed.then(withoutResult), 'destroyed a session', sid)
    })
  }

  /** Returns all live sessions, each with its `sid` unless the app has its own key `sid` or `hashIds` is set. */
  all(): Promise<ListedSession<Data>[]> {
    return this.#listing.all() as Promise<ListedSession<Data>[]>
  }

  /**
   * Streams all live sessions, or those that {@link find} would return. May or may not include a session that is
   * created or ended meanwhile.
   *
   * @throws InvalidOptionError if the criteria are invalid
   */
  entries(criteria?: Criteria): AsyncGenerator<FoundSession<Data>> {
    return this.#listing.entries(criteria) as AsyncGenerator<FoundSession<Data>>
  }

  /** Returns the number of live sessions. For its cost on each bank, see `length()` in the reference. */
  length(): Promise<number> {
    return this.#records.count()
  }

  /**
   * Returns the number of sessions, their ages and their size. Reads all of them.
   *
   * @param onRecord called after each record
   */
  stats(onRecord?: () => void): Promise<StoreStats> {
    return statsOf(this.#context, onRecord)
  }

  /** Ends all sessions. */
  async clear(): Promise<void> {
    await this.#records.clear()
    this.#context.log?.debug('cleared all sessions')
  }

  /**
   * Returns the live sessions that match all these values; by index if the bank's schema has one
   * (`{session: {pkey: 'sid', indices: ['user']}}`). Values are compared strictly: `'42'` does not match `42`.
   *
   * @throws InvalidOptionError, before anything is sent, if the criteria are not a plain object of JSON scalars
   * (string, finite number, boolean, null) with at least one field. A value that is undefined is an error, not a
   * wildcard
   */
  find<Field extends string>(criteria: CheckedCriteria<Data, Field>): Promise<FoundSession<Data>[]>
  find(criteria: Criteria): Promise<FoundSession<Data>[]> {
    return this.#listing.find(criteria) as Promise<FoundSession<Data>[]>
  }

  /**
   * Ends the sessions that match all these values. Returns their number.
   *
   * @throws InvalidOptionError, before anything is ended, if the criteria are not valid for {@link find}, or if the
   * options have an unknown key or an invalid value
   */
  destroyWhere<Field extends string>(
    criteria: CheckedCriteria<Data, Field>,
    options?: DestroyWhereOptions,
  ): Promise<number>
  destroyWhere(criteria: Criteria, options?: DestroyWhereOptions): Promise<number> {
    return this.#listing.destroyWhere(criteria, options)
  }

  /**
   * Changes a session atomically, even if others change it at the same time. `change` gets the session as it is now,
   * and changes it or returns another. It is called again if another writer came first, so it should have no other
   * effects. It must not await a save, touch, destroy or update of the same session: these wait until `update` has
   * ended. To end the session, call `destroy` after `update`.
   *
   * @returns the session as it was written; null if there is none, and then `change` was not called
   * @throws ConflictError if other writers came first until `timeout`
   * @throws SlowChangeError if `change` itself took longer than `timeout`
   */
  async update(sid: string, change: ChangeSession<Data>): Promise<SessionData<Data> | null> {
    if (typeof change !== 'function')
      throw new InvalidOptionError('update(sid, change) needs a function that changes the session')
    if (!isSessionId(sid)) return null
    const session = await this.#operations.run('update', {
      sid,
      work: (operation) => this.#writer.update(operation, (session) => change(session as SessionData<Data>)),
      outcome: (updated) => (updated ? 'updated' : 'missing'),
    })
    if (session) this.#operations.log('updated a session', sid, () => ({ session }))
    return session as SessionData<Data> | null
  }

  /**
   * Calls a callback of the framework or the app once with the outcome of the promise. Reports errors of the callback
   * as an `error` event, in the log or as a warning of the process. Returns the promise if there is no callback.
   *
   * @throws InvalidOptionError if the callback is not a function
   */
  answer<T>(promise: Promise<T>, callback: NodeCallback<T> | null | undefined): Promise<T> | undefined {
    return this.#context.reporter.answer(promise, callback)
  }

  /** Removes expired sessions now. Joins a cleanup that is already running. Works without the timer. */
  cleanup(): Promise<CleanupReport> {
    return this.#cleanup.run()
  }

  /** Stops the timer, and waits for a running cleanup. The bank stays connected, because it belongs to the app. */
  close(): Promise<void> {
    return this.#cleanup.close()
  }
}
