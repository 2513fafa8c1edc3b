import { EventEmitter } from 'node:events'
import { Deadlines, type NodeCallback, OperationQueue } from '@sessionbank/databank-kit'
import type { AdapterOptions } from './adapter-options.ts'
import { assertBank, type Bank, recordsOf } from './bank.ts'
import { Cleanup } from './cleanup.ts'
import { type Criteria, checkedExceptions, type DestroyWhereOptions } from './criteria.ts'
import { InvalidOptionError } from './errors.ts'
import { Link } from './link.ts'
import { StoreLog } from './log.ts'
import type { IsReservedKey } from './merge.ts'
import type { Operation } from './operation.ts'
import { type Settings, type StoreOptions, settingsFrom } from './options.ts'
import { Reporter } from './reporter.ts'
import { assertSessionId, isSessionId } from './session-id.ts'
import { SessionRecords } from './session-records.ts'
import { cookieOf, snapshot } from './snapshot.ts'
import type { CleanupReport } from './sweeper.ts'
import { type LoadedSession, type SessionData, toSession } from './to-session.ts'
import { traced } from './tracing.ts'
import { Writer } from './writer.ts'

/**
 * The session store that all frameworks share. Frameworks differ in how they pass sessions around; the adapters bring
 * that to `load`, `save`, `touch` and `destroy`, each with the {@link Link} of the session object at hand.
 *
 * Events: `merged` `{sid, keys}`, `dropped` `{sid}`, `cleanup` {@link CleanupReport}, `error` (if it has no listener, such
 * errors go to the log; without a log, to `process.emitWarning`).
 */
export class SessionStore extends EventEmitter {
  readonly #settings: Settings
  readonly #reporter: Reporter
  readonly #now: () => number
  readonly #records: SessionRecords
  readonly #writer: Writer
  readonly #isReserved: IsReservedKey | undefined
  readonly #log: StoreLog | null
  readonly #deadlines: Deadlines
  readonly #cleanup: Cleanup
  readonly #queue = new OperationQueue()

  /** @throws InvalidOptionError on an unknown option, one out of range, or a bank that is none */
  constructor(bank: Bank, options: StoreOptions = {}, adapter: AdapterOptions = { component: 'session-core' }) {
    super()
    assertBank(bank)
    this.#settings = settingsFrom(options)
    // looked up at each call: an app's tests fake Date, before the store is made or after
    this.#now = adapter.now ?? (() => Date.now())
    const { type, timeout, log, logContents } = this.#settings
    this.#log = log && new StoreLog(log, adapter.component, logContents)
    this.#reporter = new Reporter(adapter.emitter ?? this, this.#log, adapter.component)
    this.#deadlines = new Deadlines(timeout)
    const records = recordsOf(bank, type, { timeout, now: this.#now })
    this.#records = new SessionRecords(records, {
      now: this.#now,
      policy: this.#settings,
      indices: () => bank.schema?.[type]?.indices ?? [],
      showCookie: adapter.showCookie,
      report: (error) => this.#reporter.report(error),
    })
    this.#isReserved = adapter.isReservedKey
    this.#writer = new Writer(this.#records, {
      settings: this.#settings,
      isReserved: this.#isReserved,
      now: this.#now,
      emit: (name, event) => this.#reporter.emit(name, event),
    })
    this.#cleanup = new Cleanup({
      bank,
      records,
      sessions: this.#records,
      settings: this.#settings,
      now: this.#now,
      done: (report) => {
        this.#log?.debug('removed expired sessions', {}, report)
        this.#reporter.emit('cleanup', report)
      },
      failed: (error) => this.#reporter.report(error),
    })
  }

  // The life of a session, in the order of a request

  /**
   * The session, or null where there is none that lives. Ties the link, which the adapter keeps for the session's save.
   *
   * @throws a SessionbankError where the bank fails or does not answer
   */
  load(sid: string, link: Link = new Link()): Promise<SessionData | null> {
    return traced('load', this.#settings.type, () => this.#load(sid, link))
  }

  async #load(sid: string, link: Link): Promise<SessionData | null> {
    if (!isSessionId(sid)) return null
    const loaded = await this.#records.read({ sid, deadline: this.#deadlines.begin() })
    if (!loaded) return null
    link.tie(loaded.record)
    const session = toSession(loaded, this.#isReserved)
    this.#log?.debug('loaded a session', { sid, session })
    return session
  }

  /**
   * Saves what the session object changed since it was loaded or last saved; what others changed meanwhile stays. Where
   * the session is gone, nothing is written.
   *
   * @throws InvalidSessionIdError, InvalidSessionError, SessionTooLargeError: nothing was written
   * @throws another SessionbankError where the bank fails or does not answer
   */
  async save(sid: string, session: object, link: Link = new Link()): Promise<void> {
    assertSessionId(sid)
    const mine = snapshot(session)
    await traced('save', this.#settings.type, () => {
      return this.#inTurn(sid, link, (operation) => this.#writer.save(operation, mine))
    })
    this.#log?.debug('saved a session', { sid, session })
  }

  /** Moves the session's expiry by its cookie and leaves its content alone; a cookie that the app changed is saved. */
  async touch(sid: string, session: object, link: Link = new Link()): Promise<void> {
    assertSessionId(sid)
    const cookie = cookieOf(session)
    await traced('touch', this.#settings.type, () => {
      return this.#inTurn(sid, link, (operation) => this.#writer.touch(operation, cookie))
    })
    this.#log?.debug('touched a session', { sid })
  }

  /** Ends a session; that there is none is fine. */
  async destroy(sid: string): Promise<void> {
    if (!isSessionId(sid)) return
    await traced('destroy', this.#settings.type, () => {
      return this.#inTurn(sid, new Link(), (operation) => this.#records.delete(operation))
    })
    this.#log?.debug('destroyed a session', { sid })
  }

  // All sessions

  /** All live sessions, each with its `sid`. */
  async all(): Promise<SessionData[]> {
    return listed(this.#records.entries())
  }

  /** How many live sessions there are. */
  async length(): Promise<number> {
    return this.#records.count()
  }

  /** Ends all sessions. */
  async clear(): Promise<void> {
    await this.#records.clear()
    this.#log?.debug('cleared all sessions')
  }

  /**
   * Returns the live sessions that have all these values, each with its `sid`; by index if the bank's schema has one
   * (`{session: {pkey: 'sid', indices: ['user']}}`). Values are compared strictly: `'42'` does not find `42`.
   *
   * @throws InvalidOptionError, before anything is sent, if the criteria are not a plain object of JSON scalars (string,
   * finite number, boolean, null) with at least one field. A value that is undefined is an error, not a wildcard
   * @example await store.find({ 'user.id': 42 })
   */
  async find(criteria: Criteria): Promise<SessionData[]> {
    return listed(this.#records.find(criteria))
  }

  /**
   * Ends the sessions that have all these values, and returns their number.
   *
   * @param options.except ids of sessions that stay; if the key is there, it must hold at least one id
   * @throws InvalidOptionError, before anything is ended, if the criteria are not as {@link find} wants them, or if the
   * options have another key or no id under `except`
   * @example await store.destroyWhere({ user: 'ann' }, { except: req.sessionID })  // log out everywhere else
   */
  async destroyWhere(criteria: Criteria, options?: DestroyWhereOptions): Promise<number> {
    const spared = checkedExceptions(options)
    let destroyed = 0
    for await (const { record } of this.#records.find(criteria)) {
      const { sid } = record
      if (spared.has(sid)) continue
      await this.destroy(sid)
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
   * @throws SessionConflictError where others were faster until `timeout`
   * @throws SlowChangeError where `change` itself took longer
   * @example await store.update(sid, (session) => { session.visits++ })
   */
  async update(
    sid: string,
    // biome-ignore lint/suspicious/noConfusingVoidType: a function that changes its argument returns nothing
    change: (session: SessionData) => SessionData | void | Promise<SessionData | void>,
  ): Promise<SessionData | null> {
    if (typeof change !== 'function')
      throw new InvalidOptionError('update(sid, change) needs a function that changes the session')
    if (!isSessionId(sid)) return null
    const session = await traced('update', this.#settings.type, () => {
      return this.#inTurn(sid, new Link(), (operation) => this.#writer.update(operation, change))
    })
    if (session) this.#log?.debug('updated a session', { sid, session })
    return session
  }

  /** Runs the operations of a session one after another. The time of each begins with its turn. */
  #inTurn<T>(sid: string, link: Link, run: (operation: Operation) => Promise<T>): Promise<T> {
    return this.#queue.run(sid, (deadline) => run({ sid, link, deadline }), this.#deadlines)
  }

  // Callbacks

  /**
   * Calls a callback of the framework or of the app with the promise's outcome, once; what it throws is reported as an
   * `error` event, in the log or as a warning of the process. Returns the promise if there is no callback.
   *
   * @throws InvalidOptionError if the callback is no function
   */
  answer<T>(promise: Promise<T>, callback: NodeCallback<T> | null | undefined): Promise<T> | undefined {
    return this.#reporter.answer(promise, callback)
  }

  // Housekeeping

  /** Removes expired sessions now; joins a cleanup that is under way. Works without the timer. */
  cleanup(): Promise<CleanupReport> {
    return this.#cleanup.run()
  }

  /** Stops the timer, and waits for a cleanup that is under way. The bank stays connected: it is the app's. */
  async close(): Promise<void> {
    await this.#cleanup.close()
  }
}

async function listed(sessions: AsyncIterable<LoadedSession>): Promise<SessionData[]> {
  const all: SessionData[] = []
  for await (const loaded of sessions) {
    const session = toSession(loaded)
    // An app may have a key `sid` of its own.
    if (!Object.hasOwn(session, 'sid')) session.sid = loaded.record.sid
    all.push(session)
  }
  return all
}
