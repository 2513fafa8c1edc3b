import { setTimeout as delay } from 'node:timers/promises'
import { Deadlines, type Revision } from '@sessionbank/databank-kit'
import { cookieExpires, hasExpiry, type SessionCookie, soundCookie } from './cookie.ts'
import { InvalidSessionError, SessionConflictError, SessionTooLargeError, SlowChangeError } from './errors.ts'
import { earlier, expiryOf, isoTime, lifetimeEnd, renewedExpiry } from './expiry.ts'
import type { Link, LinkedRecord } from './link.ts'
import { dataIn, isCookieOf, leastEndOf, present, withWithheld } from './loaded-session.ts'
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

/** When a record ends, and whether one that ends later by now keeps its end. */
interface RecordEnd {
  expires: number | null
  extend: boolean
}

/** Most that a writer waits before it tries again, in ms. */
const LONGEST_BACKOFF = 100

/** How sessions are written, and what happens where two writers meet. */
export class Writer {
  readonly #records: SessionRecords
  readonly #deadlines: Deadlines
  /** Of the app's functions, which are not the bank's to answer for. */
  readonly #changes: Deadlines
  readonly #settings: Settings
  readonly #now: () => number
  readonly #emit: (event: 'merged' | 'dropped', detail: object) => void

  constructor(
    records: SessionRecords,
    deadlines: Deadlines,
    settings: Settings,
    now: () => number,
    emit: (event: 'merged' | 'dropped', detail: object) => void,
  ) {
    this.#records = records
    this.#deadlines = deadlines
    this.#changes = new Deadlines(settings.timeout, () => new SlowChangeError(settings.timeout))
    this.#settings = settings
    this.#now = now
    this.#emit = emit
  }

  async save(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return this.#drop(sid, link)
    const base = link.recordOf(sid)
    if (!base) return this.#create(sid, mine, link, deadline)
    const data = withWithheld(mine.data, base)
    const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
    const isUnchanged = !newCookie && holdsData(base.json, data) && !this.#lacksCreation(base)
    if (isUnchanged) return this.#renew(sid, mine.cookie, link, base, deadline)
    return this.#write(sid, { data, cookie: mine.cookie, newCookie }, link, base, deadline)
  }

  async touch(sid: string, cookie: SessionCookie, link: Link, deadline: number): Promise<void> {
    if (link.isDead(sid)) return
    const base = link.recordOf(sid) ?? (await this.#records.read(sid, deadline))?.base
    if (!base) return
    const newCookie = isCookieOf(base, cookie) ? null : cookie
    if (!newCookie && !this.#lacksCreation(base)) return this.#renew(sid, cookie, link, base, deadline)
    return this.#write(sid, { data: dataIn(base), cookie, newCookie }, link, base, deadline)
  }

  /** The session as it was written; null where there is none. */
  async update(sid: string, change: (session: SessionData) => unknown, deadline: number): Promise<SessionData | null> {
    for (let attempt = 0; ; attempt++) {
      const current = await this.#records.read(sid, deadline)
      if (!current) return null
      const { base } = current
      const session = present(current)
      const result = await this.#changed(session, change, deadline)
      // `(session) => session.n++` gives a number, and has changed the session all the same.
      const changed = isObject(result) ? withCookieOf(session, result) : session
      const mine = snapshot(changed)
      const newCookie = isCookieOf(base, mine.cookie) ? null : mine.cookie
      const created = this.#creationOf(base)
      const expires = newCookie
        ? this.#expiryOf(newCookie, created)
        : earlier(base.expires, lifetimeEnd(created, this.#settings))
      const data = withWithheld(mine.data, base)
      const { json } = this.#text(sid, data, newCookie ?? base.cookie, created, expires)
      const end = this.#endOf(expires, created, newCookie)
      if (await this.#writeOn(sid, json, end, base.revision, deadline)) return changed
      await this.#backOff(attempt, deadline)
    }
  }

  /** What the app's function makes of a session; its errors are the app's. */
  #changed(session: SessionData, change: (session: SessionData) => unknown, deadline: number): Promise<unknown> {
    return this.#changes.bound(
      async () => change(session),
      deadline,
      (error) => error as Error,
    )
  }

  /** A session that the bank has never had under this id. */
  async #create(sid: string, mine: Snapshot, link: Link, deadline: number): Promise<void> {
    const created = this.#settings.maxLifetime === false ? null : this.#now()
    const expires = this.#expiryOf(mine.cookie, created)
    const { json, cookie } = this.#text(sid, mine.data, mine.cookie, created, expires)
    const revision = await this.#records.write(sid, json, { expires }, deadline)
    const saved = { json, cookie, shown: mine.cookie, withheld: null, created, expires }
    link.tie(sid, { ...saved, leastEnd: this.#leastEndOf(mine.cookie, null), isOverdue: false, revision })
  }

  /** Writes on the revision that the session object came from; where that has been replaced, on what is there now. */
  async #write(sid: string, change: Change, link: Link, base: LinkedRecord, deadline: number): Promise<void> {
    const { data, cookie: shown, newCookie } = change
    const created = this.#creationOf(base)
    const expires = newCookie ? this.#expiryOf(newCookie, created) : this.#renewedExpiry({ ...base, created }, shown)
    const { json, cookie } = this.#text(sid, data, newCookie ?? base.cookie, created, expires)
    // An end that the app has chosen before the age is over is its choice at the next save, too.
    const leastEnd = this.#leastEndOf(shown, newCookie ? null : cookieExpires(shown))
    const own = { ...base, json, cookie, shown, created, expires, leastEnd, isOverdue: false }
    const end = this.#endOf(expires, created, newCookie)
    const revision = await this.#writeOn(sid, json, end, base.revision, deadline)
    if (revision !== null) return link.tie(sid, { ...own, revision })
    const keys = changedKeys(fieldsOf(dataIn(base)), fieldsOf(data))
    if (keys.length === 0 && !newCookie) return this.#renew(sid, shown, link, { ...base, revision: null }, deadline)
    if (!(await this.#writeOver(sid, change, keys, deadline))) return this.#drop(sid, link)
    link.tie(sid, { ...own, revision: null })
    if (this.#settings.concurrency === 'merge') this.#emit('merged', { sid, keys })
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
      const expires = newCookie ? this.#expiryOf(newCookie, created) : this.#renewedExpiry({ ...theirs, created })
      const { json } = this.#text(sid, data, newCookie ?? theirs.cookie, created, expires)
      const end = this.#endOf(expires, created, newCookie)
      if ((await this.#writeOn(sid, json, end, theirs.revision, deadline)) !== null) return true
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
        if (!this.#isWorthATouch(current, expires)) return
        const { extend } = this.#endOf(expires, current.created, null)
        if (await this.#records.touch(sid, expires, { ifRevision: revision, extend }, deadline)) {
          const leastEnd = this.#leastEndOf(shown, cookieExpires(shown))
          if (current === base && link.recordOf(sid)) link.tie(sid, { ...base, expires, leastEnd, isOverdue: false })
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
    this.#emit('dropped', { sid })
  }

  /** null: that revision is gone, and nothing was written. */
  async #writeOn(
    sid: string,
    json: string,
    end: RecordEnd,
    ifRevision: Revision | null,
    deadline: number,
  ): Promise<Revision | null> {
    return ifRevision === null ? null : this.#records.write(sid, json, { ...end, ifRevision }, deadline)
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

  /** A life that nobody has chosen anew is never cut short, unless by its limit: another request may have lengthened it. */
  #endOf(expires: number | null, created: number | null, newCookie: SessionCookie | null): RecordEnd {
    const limit = lifetimeEnd(created, this.#settings)
    return { expires, extend: !newCookie && (limit === null || expires !== limit) }
  }

  #expiryOf(cookie: SessionCookie, created: number | null): number | null {
    return expiryOf(cookie, created, this.#now(), this.#settings)
  }

  #leastEndOf(cookie: SessionCookie, end: number | null): number | null {
    return leastEndOf(cookie, end, this.#now())
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

  /** Whether the limit of a life has to be counted from now on, because nobody wrote down when the session was made. */
  #lacksCreation({ created }: LinkedRecord): boolean {
    return created === null && this.#settings.maxLifetime !== false
  }

  #isWorthATouch({ expires: from, isOverdue }: LinkedRecord, to: number | null): boolean {
    if (isOverdue) return true
    if (from === null || to === null) return from !== to
    return from !== to && Math.abs(to - from) >= this.#settings.touchAfter
  }
}

/** @throws InvalidSessionError where JSON cannot hold the session */
export function snapshot(session: object): Snapshot {
  return { data: dataOf(session), cookie: cookieOf(session) }
}

/**
 * A copy of a session's cookie, with sound times: frameworks have classes for it.
 *
 * @throws InvalidSessionError where it is not of the form of a cookie
 */
export function cookieOf(session: object): SessionCookie {
  if (!isObject(session)) throw new InvalidSessionError('a session is an object with its data and its cookie')
  const { originalExpires: _, ...cookie } = plainCookie(session.cookie)
  return soundCookie(cookie)
}

function plainCookie(cookie: unknown): SessionCookie {
  if (!isObject(cookie)) return {}
  try {
    const plain = typeof cookie.toJSON === 'function' ? cookie.toJSON() : { ...cookie }
    return isObject(plain) ? plain : {}
  } catch (error) {
    throw new InvalidSessionError("a session's cookie cannot be read", { cause: error })
  }
}

/** A session that the app's function gave without its cookie still has it. */
function withCookieOf(session: SessionData, changed: Record<string, unknown>): SessionData {
  return Object.hasOwn(changed, 'cookie') ? (changed as SessionData) : { ...changed, cookie: session.cookie }
}
