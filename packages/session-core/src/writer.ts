import type { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Revision } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie } from './cookie.ts'
import type { Deadlines } from './deadline.ts'
import { SessionConflictError, SessionTooLargeError } from './errors.ts'
import { expiryOf, isoTime, renewedExpiry } from './expiry.ts'
import type { Link, LinkedRecord } from './link.ts'
import { dataIn, isCookieOf, present, withWithheld } from './loaded-session.ts'
import { changedKeys, merge } from './merge.ts'
import type { Settings } from './options.ts'
import {
  type DataText,
  dataFrom,
  dataOf,
  fieldsOf,
  holdsData,
  isObject,
  putTogether,
  type SessionData,
} from './session-record.ts'
import type { SessionRecords } from './session-records.ts'

/** A session object as it was when the framework asked for its save. */
export interface Snapshot {
  data: DataText
  cookie: SessionCookie
}

/** What a request wants written. */
interface Change extends Snapshot {
  /** null: the cookie means what it meant. */
  newCookie: SessionCookie | null
}

/** Most that a writer waits before it tries again, in ms. */
const LONGEST_BACKOFF = 100

/** How sessions are written, and what happens where two writers meet. */
export class Writer {
  readonly #records: SessionRecords
  readonly #deadlines: Deadlines
  readonly #settings: Settings
  readonly #now: () => number
  readonly #emitter: EventEmitter

  constructor(
    records: SessionRecords,
    deadlines: Deadlines,
    settings: Settings,
    now: () => number,
    emitter: EventEmitter,
  ) {
    this.#records = records
    this.#deadlines = deadlines
    this.#settings = settings
    this.#now = now
    this.#emitter = emitter
  }

  async save(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return this.#drop(sid, link)
    const base = link.recordOf(sid)
    if (!base) return this.#create(sid, mine, link, deadline)
    const data = withWithheld(mine.data, base)
    const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
    if (!newCookie && holdsData(base.json, data)) return this.#renew(sid, mine.cookie, link, base, deadline)
    return this.#write(sid, { data, cookie: mine.cookie, newCookie }, link, base, deadline)
  }

  async touch(sid: string, cookie: SessionCookie, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return
    const base = link.recordOf(sid) ?? (await this.#records.read(sid, deadline))?.base
    if (!base) return
    if (isCookieOf(base, cookie)) return this.#renew(sid, cookie, link, base, deadline)
    return this.#write(sid, { data: dataIn(base), cookie, newCookie: cookie }, link, base, deadline)
  }

  /** The session as it was written; null where there is none. */
  async update(sid: string, change: (session: SessionData) => unknown, deadline: number): Promise<SessionData | null> {
    for (let attempt = 0; ; attempt++) {
      const current = await this.#records.read(sid, deadline)
      if (!current) return null
      const { base } = current
      const session = present(current)
      const changed = (await this.#changed(session, change, deadline)) ?? session
      const mine = snapshot(changed as object)
      const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
      const created = this.#creationOf(base)
      const expires = newCookie ? this.#expiryOf(newCookie, created) : base.expires
      const data = withWithheld(mine.data, base)
      const { json } = this.#text(sid, data, newCookie ?? base.cookie, created, expires)
      if (await this.#writeOn(sid, json, expires, base.revision, deadline)) return changed as SessionData
      await this.#backOff(attempt, deadline)
    }
  }

  /** What the app's function makes of a session; its errors are the app's. */
  #changed(session: SessionData, change: (session: SessionData) => unknown, deadline: number): Promise<unknown> {
    const changing = (async () => change(session))()
    return this.#deadlines.bound(changing, deadline, (error) => error as Error)
  }

  /** A session that the bank has never had under this id. */
  async #create(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    const created = this.#settings.maxLifetime === false ? null : this.#now()
    const expires = this.#expiryOf(mine.cookie, created)
    const { json, cookie } = this.#text(sid, mine.data, mine.cookie, created, expires)
    const revision = await this.#records.write(sid, json, { expires }, deadline)
    link.tie(sid, { json, cookie, shown: mine.cookie, withheld: null, created, expires, revision })
  }

  /** Writes on the revision that the session object came from; where that has been replaced, on what is there now. */
  async #write(sid: string, change: Change, link: Link, base: LinkedRecord, deadline: number): Promise<void> {
    const { data, cookie: shown, newCookie } = change
    const created = this.#creationOf(base)
    const expires = newCookie ? this.#expiryOf(newCookie, created) : this.#renewedExpiry(base, shown)
    const { json, cookie } = this.#text(sid, data, newCookie ?? base.cookie, created, expires)
    const own = { ...base, json, cookie, shown, created, expires }
    const revision = await this.#writeOn(sid, json, expires, base.revision, deadline)
    if (revision !== null) return link.tie(sid, { ...own, revision })
    const keys = changedKeys(fieldsOf(dataIn(base)), fieldsOf(data))
    if (keys.length === 0 && !newCookie) return this.#renew(sid, shown, link, { ...base, revision: null }, deadline)
    if (!(await this.#writeOver(sid, change, keys, deadline))) return this.#drop(sid, link)
    link.tie(sid, { ...own, revision: null })
  }

  /** Merges into whatever is there, until that holds still. False: the session is gone. */
  async #writeOver(sid: string, change: Change, keys: string[], deadline: number): Promise<boolean> {
    const merging = this.#settings.concurrency === 'merge'
    // A request that changed the cookie alone has no data of its own, whoever wins.
    const keepsTheirs = merging || keys.length === 0
    const mine = fieldsOf(change.data)
    for (let attempt = 0; ; attempt++) {
      const current = await this.#records.read(sid, deadline)
      if (!current) return false
      const theirs = current.base
      const data = keepsTheirs ? dataFrom(merge(fieldsOf(JSON.stringify(current.data)), mine, keys)) : change.data
      const created = this.#creationOf(theirs)
      const { newCookie } = change
      const expires = newCookie ? this.#expiryOf(newCookie, created) : this.#renewedExpiry(theirs)
      const { json } = this.#text(sid, data, newCookie ?? theirs.cookie, created, expires)
      if ((await this.#writeOn(sid, json, expires, theirs.revision, deadline)) !== null) {
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
        if (await this.#records.touch(sid, expires, revision, deadline)) {
          if (current === base && link.recordOf(sid)) link.tie(sid, { ...base, expires })
          return
        }
        if (attempt > 0) await this.#backOff(attempt, deadline)
      }
      current = (await this.#records.read(sid, deadline))?.base ?? null
    }
    link.kill(sid)
  }

  #drop(sid: string, link: Link): void {
    link.kill(sid)
    this.#emitter.emit('dropped', { sid })
  }

  /** null: that revision is gone, and nothing was written. */
  async #writeOn(
    sid: string,
    json: string,
    expires: number | null,
    ifRevision: Revision | null,
    deadline: number,
  ): Promise<Revision | null> {
    return ifRevision === null ? null : this.#records.write(sid, json, { expires, ifRevision }, deadline)
  }

  async #backOff(attempt: number, deadline: number): Promise<void> {
    await delay(Math.random() * Math.min(2 ** attempt, LONGEST_BACKOFF))
    if (this.#deadlines.hasPassed(deadline)) throw new SessionConflictError(this.#settings.timeout)
  }

  #text(sid: string, data: DataText, cookie: SessionCookie, created: number | null, expires: number | null) {
    const dated = expires !== null && hasExpiry(cookie) ? { ...cookie, expires: isoTime(expires) } : cookie
    const json = putTogether(sid, data, dated, created)
    const bytes = Buffer.byteLength(json)
    if (bytes > this.#settings.maxBytes) throw new SessionTooLargeError(bytes, this.#settings.maxBytes)
    return { json, cookie: dated }
  }

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
}

/** @throws InvalidSessionError where JSON cannot hold the session */
export function snapshot(session: object): Snapshot {
  return { data: dataOf(session), cookie: cookieOf(session) }
}

/** A copy of a session's cookie: frameworks have classes for it. */
export function cookieOf(session: object): SessionCookie {
  const { cookie } = session as { cookie?: SessionCookie & { toJSON?(): SessionCookie } }
  if (!isObject(cookie)) return {}
  const { originalExpires: _, ...plain } = typeof cookie.toJSON === 'function' ? cookie.toJSON() : cookie
  return plain
}
