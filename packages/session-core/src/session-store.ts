import { EventEmitter } from 'node:events'
import { attempt, type NodeCallback } from '@sessionbank/databank-kit'
import type { AdapterOptions } from './adapter-options.ts'
import type { Bank } from './bank.ts'
import { Cleanup } from './cleanup.ts'
import { type Criteria, checkedSelection, type DestroyWhereOptions } from './criteria.ts'
import { InvalidOptionError } from './errors.ts'
import type { StoreEvents } from './events.ts'
import { type FoundSession, foundSession } from './found-session.ts'
import { Link } from './link.ts'
import { logged } from './log.ts'
import type { Operation } from './operation.ts'
import type { StoreOptions } from './options.ts'
import { assertSessionId, isSessionId } from './session-id.ts'
import { SessionRecords } from './session-records.ts'
import { cookieOf, snapshot } from './snapshot.ts'
import { type StoreContext, storeContext } from './store-context.ts'
import type { CleanupReport } from './sweeper.ts'
import { type AnyData, type ChangeSession, type LoadedSession, type SessionData, toSession } from './to-session.ts'
import { type TracedOperation, traced } from './tracing.ts'
import { Writer } from './writer.ts'

const withoutResult = () => {}

/**
 * The session store that all frameworks share. Frameworks differ in how they pass sessions around; the adapters bring
 * that to `load`, `save`, `touch` and `destroy`, each with the {@link Link} of the session object at hand.
 *
 * Its events are {@link StoreEvents}. `Data` are the app's own keys in a session.
 */
export class SessionStore<Data extends object = AnyData> extends EventEmitter<StoreEvents> {
  readonly #context: StoreContext
  readonly #records: SessionRecords
  readonly #writer: Writer
  readonly #cleanup: Cleanup

  /** @throws InvalidOptionError on an unknown option, one out of range, or a bank that is none */
  constructor(bank: Bank, options: StoreOptions = {}, adapter: AdapterOptions = { component: 'session-core' }) {
    super()
    this.#context = storeContext(bank, options, adapter, this)
    this.#records = new SessionRecords(this.#context)
    this.#writer = new Writer(this.#records, this.#context)
    this.#cleanup = new Cleanup(this.#records, this.#context)
  }

  /**
   * The session, or null where there is none that lives. Ties the link, which the adapter keeps for the session's save.
   *
   * @throws a SessionbankError where the bank fails or does not answer
   */
  load(sid: string, link: Link = new Link()): Promise<SessionData<Data> | null> {
    return traced('load', this.#context.settings.type, () => this.#load(sid, link))
  }

  #load(sid: string, link: Link): Promise<SessionData<Data> | null> {
    return attempt(() => {
      if (!isSessionId(sid)) return Promise.resolve(null)
      const loadedNow = this.#records.readNow(sid)
      if (loadedNow !== undefined) return Promise.resolve(this.#tied(loadedNow, link))
      const deadline = this.#context.deadlines.begin()
      return this.#records.read({ sid, deadline }).then((loaded) => this.#tied(loaded, link))
    })
  }

  #tied(loaded: LoadedSession | null, link: Link): SessionData<Data> | null {
    if (!loaded) return null
    const { isReserved, log } = this.#context
    link.tie(loaded.record)
    const session = toSession(loaded, isReserved)
    log?.debug('loaded a session', { sid: loaded.record.sid, session })
    return session as SessionData<Data>
  }

  /**
   * Saves what the session object changed since it was loaded or last saved; what others changed meanwhile stays. Where
   * the session is gone, nothing is written.
   *
   * @throws InvalidSessionIdError, InvalidSessionError, SessionTooLargeError: nothing was written
   * @throws another SessionbankError where the bank fails or does not answer
   */
  save(sid: string, session: object, link: Link = new Link()): Promise<void> {
    return attempt(() => {
      assertSessionId(sid)
      const mine = snapshot(session)
      const saved = this.#run('save', sid, link, (operation) => this.#writer.save(operation, mine))
      return logged(this.#context.log, saved, 'saved a session', { sid, session })
    })
  }

  /** Moves the session's expiry by its cookie and leaves its content alone; a cookie that the app changed is saved. */
  touch(sid: string, session: object, link: Link = new Link()): Promise<void> {
    return attempt(() => {
      assertSessionId(sid)
      const cookie = cookieOf(session)
      const touched = this.#run('touch', sid, link, (operation) => this.#writer.touch(operation, cookie))
      return logged(this.#context.log, touched, 'touched a session', { sid })
    })
  }

  /** Ends a session; that there is none is fine. */
  destroy(sid: string): Promise<void> {
    if (!isSessionId(sid)) return Promise.resolve()
    const destroyed = this.#run('destroy', sid, new Link(), ({ deadline }) => this.#records.delete(sid, { deadline }))
    return logged(this.#context.log, destroyed.then(withoutResult), 'destroyed a session', { sid })
  }

  /** Returns all live sessions, each with its `sid`, unless the app has a key `sid` of its own. */
  async all(): Promise<SessionData<Data>[]> {
    const all: SessionData<Data>[] = []
    for await (const { record, data } of this.#records.entries()) {
      const session = toSession({ record, data })
      if (!Object.hasOwn(session, 'sid')) session.sid = record.sid
      all.push(session as SessionData<Data>)
    }
    return all
  }

  /** Streams all live sessions. One that comes or goes meanwhile may or may not be seen. */
  async *entries(): AsyncGenerator<FoundSession<Data>> {
    for await (const loaded of this.#records.entries()) {
      yield foundSession(loaded, this.#context) as FoundSession<Data>
    }
  }

  /** Returns how many live sessions there are. The README says what that costs on each bank. */
  length(): Promise<number> {
    return this.#records.count()
  }

  /** Ends all sessions. */
  async clear(): Promise<void> {
    await this.#records.clear()
    this.#context.log?.debug('cleared all sessions')
  }

  /**
   * Returns the live sessions that have all these values; by index if the bank's schema has one
   * (`{session: {pkey: 'sid', indices: ['user']}}`). Values are compared strictly: `'42'` does not find `42`.
   *
   * @throws InvalidOptionError, before anything is sent, if the criteria are not a plain object of JSON scalars (string,
   * finite number, boolean, null) with at least one field. A value that is undefined is an error, not a wildcard
   * @example await store.find({ 'user.id': 42 })
   */
  async find(criteria: Criteria): Promise<FoundSession<Data>[]> {
    const found: FoundSession<Data>[] = []
    for await (const loaded of this.#records.find(criteria)) {
      found.push(foundSession(loaded, this.#context) as FoundSession<Data>)
    }
    return found
  }

  /**
   * Ends the sessions that have all these values, and returns their number.
   *
   * @throws InvalidOptionError, before anything is ended, if the criteria are not as {@link find} wants them, or if the
   * options have another key, or no text under one that is there
   * @example await store.destroyWhere({ user: 'ann' }, { except: req.sessionID })  // log out everywhere else
   */
  async destroyWhere(criteria: Criteria, options?: DestroyWhereOptions): Promise<number> {
    const isSelected = checkedSelection(options)
    let destroyed = 0
    for await (const { record } of this.#records.find(criteria)) {
      if (!isSelected(record.sid)) continue
      await this.destroy(record.sid)
      destroyed++
    }
    return destroyed
  }

  /**
   * Changes a session in one atomic step, whoever else changes it: `change` gets the session as it is now and changes it
   * or returns another. It is called again whenever somebody was faster, so it should do nothing else. It must not wait
   * for a save, touch, destroy or update of the same session: that waits for it, until `timeout`. To end the session,
   * call `destroy` after `update`.
   *
   * @returns the session as it was written; null where there is none, and `change` was not called
   * @throws ConflictError where others were faster until `timeout`
   * @throws SlowChangeError where `change` itself took longer
   * @example await store.update(sid, (session) => { session.visits++ })
   */
  async update(sid: string, change: ChangeSession<Data>): Promise<SessionData<Data> | null> {
    if (typeof change !== 'function')
      throw new InvalidOptionError('update(sid, change) needs a function that changes the session')
    if (!isSessionId(sid)) return null
    const session = await this.#run('update', sid, new Link(), (operation) => {
      return this.#writer.update(operation, (session) => change(session as SessionData<Data>))
    })
    if (session) this.#context.log?.debug('updated a session', { sid, session })
    return session as SessionData<Data> | null
  }

  /** Runs the operations of a session one after another. The time of each begins with its turn. */
  #run<T>(name: TracedOperation, sid: string, link: Link, operation: (operation: Operation) => Promise<T>): Promise<T> {
    const { deadlines, queue, settings } = this.#context
    return traced(name, settings.type, () => {
      return queue.run(sid, (deadline) => operation({ sid, link, deadline }), deadlines)
    })
  }

  /**
   * Calls a callback of the framework or of the app with the promise's outcome, once; what it throws is reported as an
   * `error` event, in the log or as a warning of the process. Returns the promise if there is no callback.
   *
   * @throws InvalidOptionError if the callback is no function
   */
  answer<T>(promise: Promise<T>, callback: NodeCallback<T> | null | undefined): Promise<T> | undefined {
    return this.#context.reporter.answer(promise, callback)
  }

  /** Removes expired sessions now; joins a cleanup that is under way. Works without the timer. */
  cleanup(): Promise<CleanupReport> {
    return this.#cleanup.run()
  }

  /** Stops the timer, and waits for a cleanup that is under way. The bank stays connected: it is the app's. */
  close(): Promise<void> {
    return this.#cleanup.close()
  }
}
