import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type JsonScalar, type Records, type Revision, type StoredRecord, valueAt } from '@sessionbank/databank-kit'
import { assertBank, type Bank, explainBankError, recordsOf } from './bank.ts'
import { cookieExpires, hasExpiry, type SessionCookie, sameCookie } from './cookie.ts'
import { Deadlines } from './deadline.ts'
import { CorruptRecordError, InvalidOptionError, SessionConflictError, SessionTooLargeError } from './errors.ts'
import { expiryOf, isLive, isoTime, renewedExpiry } from './expiry.ts'
import { Link, type LinkedRecord } from './link.ts'
import { StoreLog } from './log.ts'
import { changedKeys, merge } from './merge.ts'
import { type Settings, type StoreOptions, settingsFrom } from './options.ts'
import { assertSessionId, isSessionId } from './session-id.ts'
import {
  type DataText,
  dataFrom,
  dataOf,
  type Fields,
  fieldsOf,
  holdsData,
  isObject,
  putTogether,
  type SessionData,
  takeApart,
} from './session-record.ts'
import { JitteredTimer, Lease, Sweeper, type SweepReport } from './sweeper.ts'
import { traced } from './tracing.ts'
import { Turns } from './turns.ts'

/** What an adapter tells the core of its framework. */
export interface Framework {
  /** Name in the log. */
  component: string
  /** Emits the store's events. Default: the SessionStore itself. */
  emitter?: EventEmitter
  /** Keys that the framework's session object cannot hold: kept from it at load, and put back at save. */
  withholds?(key: string): boolean
  /** Default: `Date.now`. */
  now?(): number
}

/** Dotted field names, each with the value that it has. */
export type Criteria = Record<string, JsonScalar>

/** A session object as it was when the framework asked for its save. */
interface Snapshot {
  data: DataText
  cookie: SessionCookie
}

/** A session as it was read: its data, and what they came from. */
interface LoadedRecord {
  data: Record<string, unknown>
  base: LinkedRecord
}

/** What a request wants written. */
interface Change extends Snapshot {
  /** null: the cookie means what it meant. */
  newCookie: SessionCookie | null
}

/** Most that a writer waits before it tries again, in ms. */
const LONGEST_BACKOFF = 100
const LEASE_TYPE = 'sessionbank_lease'
/** Part of the cleanup interval for which a sweep's lease is held. */
const LEASE_SHARE = 0.8

/**
 * The session store that all frameworks share. Frameworks differ in how they pass sessions around; the adapters bring
 * that to `load`, `save`, `touch` and `destroy`, each with the {@link Link} of the session object at hand.
 *
 * Events: `merged` `{sid, keys}`, `dropped` `{sid}`, `swept` {@link SweepReport}, `error` (emitted only if somebody
 * listens, else logged).
 */
export class SessionStore extends EventEmitter {
  readonly #settings: Settings
  readonly #framework: Framework
  readonly #emitter: EventEmitter
  readonly #now: () => number
  readonly #bank: Bank
  readonly #records: Records
  readonly #log: StoreLog | null
  readonly #deadlines: Deadlines
  readonly #sweeper: Sweeper
  readonly #timer: JitteredTimer | undefined
  readonly #turns = new Turns()

  /** @throws InvalidOptionError on an unknown option, one out of range, or a bank that is none */
  constructor(bank: Bank, options: StoreOptions = {}, framework: Framework = { component: 'session-core' }) {
    super()
    assertBank(bank)
    this.#settings = settingsFrom(options)
    this.#framework = framework
    this.#emitter = framework.emitter ?? this
    // looked up at each call: an app's tests fake Date, before the store is made or after
    this.#now = framework.now ?? (() => Date.now())
    this.#bank = bank
    this.#records = recordsOf(bank, this.#settings.type, this.#now)
    const { log, logContents } = this.#settings
    this.#log = log && new StoreLog(log, framework.component, logContents)
    this.#deadlines = new Deadlines(this.#settings.timeout)
    this.#sweeper = new Sweeper(this.#records)
    if (this.#settings.cleanupInterval !== false) this.#timer = this.#startTimer(this.#settings.cleanupInterval)
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
    const loaded = await this.#read(sid, this.#deadlines.begin())
    if (!loaded) return null
    link.tie(sid, loaded.base)
    const session = present(loaded)
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
    const deadline = this.#deadlines.begin()
    await traced('save', this.#settings.type, () => {
      return this.#turns.run(sid, () => this.#save(sid, mine, link, deadline))
    })
    this.#log?.debug('saved a session', { sid, session })
  }

  async #save(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return this.#drop(sid, link)
    const base = link.recordOf(sid)
    if (!base) return this.#create(sid, mine, link, deadline)
    const data = withWithheld(mine.data, base)
    const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
    if (!newCookie && holdsData(base.json, data)) return this.#renew(sid, mine.cookie, link, base, deadline)
    return this.#write(sid, { data, cookie: mine.cookie, newCookie }, link, base, deadline)
  }

  /** Moves the session's expiry by its cookie and leaves its content alone; a cookie that the app changed is saved. */
  async touch(sid: string, session: object, link: Link = new Link()): Promise<void> {
    assertSessionId(sid)
    const cookie = cookieOf(session)
    const deadline = this.#deadlines.begin()
    await traced('touch', this.#settings.type, () => {
      return this.#turns.run(sid, () => this.#touch(sid, cookie, link, deadline))
    })
    this.#log?.debug('touched a session', { sid })
  }

  async #touch(sid: string, cookie: SessionCookie, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return
    const base = link.recordOf(sid) ?? (await this.#read(sid, deadline))?.base
    if (!base) return
    if (isCookieOf(base, cookie)) return this.#renew(sid, cookie, link, base, deadline)
    return this.#write(sid, { data: dataIn(base), cookie, newCookie: cookie }, link, base, deadline)
  }

  /** Ends a session; that there is none is fine. */
  async destroy(sid: string): Promise<void> {
    if (!isSessionId(sid)) return
    const deadline = this.#deadlines.begin()
    await traced('destroy', this.#settings.type, () => {
      return this.#turns.run(sid, () => this.#bounded(sid, deadline, () => this.#records.delete(sid)))
    })
    this.#log?.debug('destroyed a session', { sid })
  }

  // All sessions

  /** All live sessions, each with its `sid`. */
  async all(): Promise<SessionData[]> {
    return this.#list(this.#records.entries())
  }

  /** How many live sessions there are. */
  async length(): Promise<number> {
    return this.#bounded(undefined, this.#deadlines.begin(), () => this.#records.count())
  }

  /** Ends all sessions. */
  async clear(): Promise<void> {
    await this.#explained(this.#records.clear())
    this.#log?.debug('cleared all sessions')
  }

  /**
   * The live sessions that have all these values, each with its `sid`; by index where the bank's schema has one
   * (`{session: {pkey: 'sid', indices: ['user']}}`).
   *
   * @example await store.find({ 'user.id': 42 })
   */
  async find(criteria: Criteria): Promise<SessionData[]> {
    return this.#list(this.#matching(criteria))
  }

  /**
   * Ends the sessions that have all these values, and gives their number.
   *
   * @param options.except ids that stay
   * @example await store.destroyWhere({ user: 'ann' }, { except: req.sessionID })  // log out everywhere else
   */
  async destroyWhere(criteria: Criteria, options: { except?: string | readonly string[] } = {}): Promise<number> {
    const spared = new Set(typeof options.except === 'string' ? [options.except] : options.except)
    let destroyed = 0
    for await (const [sid] of this.#each(this.#matching(criteria))) {
      if (spared.has(sid)) continue
      await this.destroy(sid)
      destroyed++
    }
    return destroyed
  }

  /**
   * Changes a session in one atomic step, whoever else changes it: `change` gets the session as it is now and changes it
   * or returns another. It is called again whenever somebody was faster, so it should do nothing else.
   *
   * @returns the session as it was written; null where there is none, and `change` was not called
   * @throws SessionConflictError where others were faster until `timeout`
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
    const deadline = this.#deadlines.begin()
    return this.#turns.run(sid, () => this.#update(sid, change, deadline))
  }

  async #update(sid: string, change: (session: SessionData) => unknown, deadline: number): Promise<SessionData | null> {
    for (let attempt = 0; ; attempt++) {
      const current = await this.#read(sid, deadline)
      if (!current) return null
      const { base } = current
      const session = present(current)
      const changed = (await this.#bounded(sid, deadline, async () => change(session))) ?? session
      const mine = snapshot(changed as object)
      const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
      const created = this.#creationOf(base)
      const expires = newCookie ? this.#expiryOf(newCookie, created) : base.expires
      const data = withWithheld(mine.data, base)
      const { json } = this.#text(sid, data, newCookie ?? base.cookie, created, expires)
      const revision = await this.#writeOn(sid, json, expires, base.revision as Revision, deadline)
      if (revision !== null) return changed as SessionData
      await this.#backOff(attempt, deadline)
    }
  }

  // Housekeeping

  /** Removes expired sessions now; a sweep that is under way already is joined. Works without the timer. */
  cleanup(): Promise<SweepReport> {
    return traced('sweep', this.#settings.type, () => this.#cleanup())
  }

  async #cleanup(): Promise<SweepReport> {
    const report = await this.#explained(this.#sweeper.sweep())
    this.#log?.debug('removed expired sessions', {}, report)
    this.#emitter.emit('swept', report)
    return report
  }

  /** Stops the timer. The bank stays connected: it is the app's. */
  async close(): Promise<void> {
    this.#timer?.stop()
  }

  #startTimer(interval: number): JitteredTimer {
    const lease =
      typeof this.#bank.records === 'function' ? new Lease(this.#bank.records(LEASE_TYPE), this.#settings.type) : null
    return new JitteredTimer(interval, async () => {
      try {
        if (lease && !(await lease.take(this.#now() + interval * LEASE_SHARE))) return
        await this.cleanup()
      } catch (error) {
        this.#report(explainBankError(error))
      }
    })
  }

  // How two writers meet

  /** A session that the bank has never had under this id. */
  async #create(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    const created = this.#settings.maxLifetime === false ? null : this.#now()
    const expires = this.#expiryOf(mine.cookie, created)
    const { json, cookie } = this.#text(sid, mine.data, mine.cookie, created, expires)
    const revision = await this.#bounded(sid, deadline, () => this.#records.write(sid, json, { expires }))
    link.tie(sid, { json, cookie, shown: mine.cookie, withheld: null, created, expires, revision })
  }

  /** Writes on the revision that the session object came from; where that has been replaced, on what is there now. */
  async #write(sid: string, change: Change, link: Link, base: LinkedRecord, deadline: number): Promise<void> {
    const created = this.#creationOf(base)
    const cookie = change.newCookie ?? base.cookie
    const expires = change.newCookie
      ? this.#expiryOf(change.newCookie, created)
      : this.#renewedExpiry(base, change.cookie)
    const own = this.#text(sid, change.data, cookie, created, expires)
    const relink = { ...base, json: own.json, cookie: own.cookie, shown: change.cookie, created, expires }
    if (base.revision !== null) {
      const revision = await this.#writeOn(sid, own.json, expires, base.revision, deadline)
      if (revision !== null) return link.tie(sid, { ...relink, revision })
    }
    const keys = changedKeys(fieldsOf(dataIn(base)), fieldsOf(change.data))
    if (keys.length === 0 && !change.newCookie) {
      return this.#renew(sid, change.cookie, link, { ...base, revision: null }, deadline)
    }
    if (!(await this.#writeOver(sid, change, keys, deadline))) return this.#drop(sid, link)
    link.tie(sid, { ...relink, revision: null })
  }

  /** Merges into whatever is there, until that holds still. False: the session is gone. */
  async #writeOver(sid: string, change: Change, keys: string[], deadline: number): Promise<boolean> {
    const merging = this.#settings.concurrency === 'merge'
    // A request that changed the cookie alone has no data of its own, whoever wins.
    const keepsTheirs = merging || keys.length === 0
    const mine = fieldsOf(change.data)
    for (let attempt = 0; ; attempt++) {
      const current = await this.#read(sid, deadline)
      if (!current) return false
      const theirs = current.base
      const data = keepsTheirs ? dataFrom(merge(fieldsOf(JSON.stringify(current.data)), mine, keys)) : change.data
      const created = this.#creationOf(theirs)
      const cookie = change.newCookie ?? theirs.cookie
      const expires = change.newCookie ? this.#expiryOf(change.newCookie, created) : this.#renewedExpiry(theirs)
      const { json } = this.#text(sid, data, cookie, created, expires)
      if ((await this.#writeOn(sid, json, expires, theirs.revision as Revision, deadline)) !== null) {
        if (merging) this.#emitter.emit('merged', { sid, keys })
        return true
      }
      await this.#backOff(attempt, deadline)
    }
  }

  /** Nothing changed but the time. */
  async #renew(sid: string, shown: SessionCookie, link: Link, base: LinkedRecord, deadline: number): Promise<void> {
    let current: LinkedRecord | null = base
    for (let attempt = 0; current; attempt++) {
      const { revision } = current
      const expires = this.#renewedExpiry(current, current === base ? shown : undefined)
      if (revision !== null) {
        if (!this.#isWorthATouch(current.expires, expires)) return
        const touch = () => this.#records.touch(sid, expires, { ifRevision: revision })
        if (await this.#bounded(sid, deadline, touch)) {
          if (current === base && link.recordOf(sid)) link.tie(sid, { ...base, expires })
          return
        }
        if (attempt > 0) await this.#backOff(attempt, deadline)
      }
      current = (await this.#read(sid, deadline))?.base ?? null
    }
    link.kill(sid)
  }

  #drop(sid: string, link: Link): void {
    link.kill(sid)
    this.#log?.debug('dropped the save of a session that has ended', { sid })
    this.#emitter.emit('dropped', { sid })
  }

  async #backOff(attempt: number, deadline: number): Promise<void> {
    await delay(Math.random() * Math.min(2 ** attempt, LONGEST_BACKOFF))
    if (this.#deadlines.hasPassed(deadline)) throw new SessionConflictError(this.#settings.timeout)
  }

  // Records and what they hold

  /** What the bank holds for the session now; null where it is gone. */
  async #read(sid: string, deadline: number): Promise<LoadedRecord | null> {
    const record = await this.#bounded(sid, deadline, () => this.#records.read(sid))
    if (!record) return null
    const loaded = this.#open(record)
    if (!loaded) this.#report(new CorruptRecordError())
    return loaded && isLive(loaded.base.expires, this.#now()) ? loaded : null
  }

  #writeOn(
    sid: string,
    json: string,
    expires: number | null,
    ifRevision: Revision,
    deadline: number,
  ): Promise<Revision | null> {
    return this.#bounded(sid, deadline, () => this.#records.write(sid, json, { expires, ifRevision }))
  }

  /** Null where the record is no session. */
  #open(record: StoredRecord): LoadedRecord | null {
    // Before the value is taken apart, from which a driver may still have to make the text.
    const { json, revision } = record
    const parts = takeApart(parsed(record))
    if (!parts) return null
    const { data, cookie, created } = parts
    const expires = record.expires ?? cookieExpires(cookie)
    const shown = withAge(cookie, expires, this.#now())
    return { data, base: { json, cookie, shown, withheld: this.#withheldFrom(data), created, expires, revision } }
  }

  #withheldFrom(data: Record<string, unknown>): Fields | null {
    const { withholds } = this.#framework
    if (!withholds) return null
    let withheld: Fields | null = null
    for (const key in data) {
      if (!withholds(key)) continue
      withheld ??= new Map()
      withheld.set(key, JSON.stringify(data[key]))
    }
    return withheld
  }

  #text(sid: string, data: DataText, cookie: SessionCookie, created: number | null, expires: number | null) {
    const dated = expires !== null && hasExpiry(cookie) ? { ...cookie, expires: isoTime(expires) } : cookie
    const json = putTogether(sid, data, dated, created)
    const bytes = Buffer.byteLength(json)
    if (bytes > this.#settings.maxBytes) throw new SessionTooLargeError(bytes, this.#settings.maxBytes)
    return { json, cookie: dated }
  }

  // When a session ends

  #expiryOf(cookie: SessionCookie, created: number | null): number | null {
    return expiryOf(cookie, created, this.#now(), this.#settings)
  }

  /** @param shown the cookie of this request, which the framework may have moved further */
  #renewedExpiry({ cookie, expires, created }: LinkedRecord, shown: SessionCookie = {}): number | null {
    const renewed = renewedExpiry(cookie, expires, created, this.#now(), this.#settings)
    const moved = typeof cookie.originalMaxAge === 'number' ? cookieExpires(shown) : null
    if (renewed === null || moved === null || moved <= renewed) return renewed
    return this.#expiryOf({ expires: moved }, created)
  }

  #creationOf({ created }: LinkedRecord): number | null {
    return this.#settings.maxLifetime === false ? created : (created ?? this.#now())
  }

  #isWorthATouch(from: number | null, to: number | null): boolean {
    if (from === null || to === null) return from !== to
    return from !== to && Math.abs(to - from) >= this.#settings.touchAfter
  }

  // Many sessions at once

  async #list(entries: AsyncIterable<[string, StoredRecord]>): Promise<SessionData[]> {
    const sessions: SessionData[] = []
    for await (const [sid, record] of this.#each(entries)) {
      const listed = this.#open(record)
      if (!listed || !isLive(listed.base.expires, this.#now())) continue
      const session = present(listed, null)
      session.sid = sid
      sessions.push(session)
    }
    return sessions
  }

  async *#matching(criteria: Criteria): AsyncGenerator<[string, StoredRecord]> {
    const fields = isObject(criteria) ? Object.keys(criteria) : []
    const [first] = fields
    if (first === undefined) throw new InvalidOptionError('criteria name at least one field: {user: "ann"}')
    const indices = this.#indices()
    const field = fields.find((name) => indices.includes(name)) ?? first
    for await (const entry of this.#records.find(field, criteria[field] as JsonScalar)) {
      const value = parsed(entry[1])
      if (fields.every((name) => valueAt(value, name) === criteria[name])) yield entry
    }
  }

  #indices(): readonly string[] {
    const { schema } = this.#bank as { schema?: Record<string, { indices?: string[] }> }
    return schema?.[this.#settings.type]?.indices ?? []
  }

  /** Goes through a stream whose bank may stop to answer at any step. */
  async *#each<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.#bounded(undefined, this.#deadlines.begin(), () => iterator.next())
        if (step.done) return
        yield step.value
      }
    } finally {
      iterator.return?.()?.catch(() => {})
    }
  }

  // Errors

  #bounded<T>(sid: string | undefined, deadline: number, operation: () => Promise<T>): Promise<T> {
    return this.#deadlines.bound(operation(), deadline, explainBankError, sid)
  }

  async #explained<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation
    } catch (error) {
      throw explainBankError(error)
    }
  }

  /** An error that no caller waits for. */
  #report(error: Error): void {
    if (this.#emitter.listenerCount('error') > 0) this.#emitter.emit('error', error)
    else this.#log?.error(error)
  }
}

function snapshot(session: object): Snapshot {
  return { data: dataOf(session), cookie: cookieOf(session) }
}

/** The session as its framework can hold it; uses the loaded data up. */
function present({ data, base }: LoadedRecord, withheld: Fields | null = base.withheld): SessionData {
  if (withheld) for (const key of withheld.keys()) delete data[key]
  const dated = base.expires !== null && hasExpiry(base.cookie)
  data.cookie = dated ? { ...base.shown, expires: new Date(base.expires as number) } : { ...base.shown }
  return data as SessionData
}

/** A key that the framework could not show was not deleted. */
function withWithheld(data: DataText, { withheld }: LinkedRecord): DataText {
  return withheld ? dataFrom(new Map([...fieldsOf(data), ...withheld])) : data
}

/** A copy of a session's cookie: frameworks have classes for it. */
function cookieOf(session: object): SessionCookie {
  const { cookie } = session as { cookie?: SessionCookie & { toJSON?(): SessionCookie } }
  if (!isObject(cookie)) return {}
  const { originalExpires: _, ...plain } = typeof cookie.toJSON === 'function' ? cookie.toJSON() : cookie
  return plain
}

/** The cookie with an age where only a date was stored: Express and Koa go by the age. */
function withAge(cookie: SessionCookie, expires: number | null, now: number): SessionCookie {
  if (typeof cookie.originalMaxAge === 'number' || expires === null || !hasExpiry(cookie)) return cookie
  return { ...cookie, expires: new Date(expires), originalMaxAge: expires - now }
}

/** Whether the cookie of a session object still means what it meant when it was loaded or saved. */
function isCookieOf(base: LinkedRecord, cookie: SessionCookie): boolean {
  return sameCookie(cookie, base.shown) || sameCookie(cookie, base.cookie)
}

function dataIn({ json }: LinkedRecord): DataText {
  return JSON.stringify(takeApart(JSON.parse(json))?.data)
}

function parsed(record: StoredRecord): unknown {
  if (record.value !== undefined) return record.value
  try {
    return JSON.parse(record.json)
  } catch {
    return undefined
  }
}
