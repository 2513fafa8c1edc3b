import type {
  Databank,
  Deadlines,
  JsonScalar,
  Records,
  Revision,
  StoredRecord,
  TouchOptions,
  WriteOptions,
} from '@sessionbank/databank-kit'
import {
  assertScalar,
  checkedExpiry,
  holds,
  InvalidValueError,
  laterExpiry,
  Turns,
  toTime,
} from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { deadlinesOf } from './deadlines.ts'
import { BankTimeoutError } from './errors.ts'
import { isLive } from './expiry.ts'
import { explainBankError } from './explain-bank-error.ts'
import { isObject } from './session-record.ts'

/** All stores of this process that share a bank share its turns, whichever copy of this package they come from. */
const TURNS = Symbol.for('sessionbank.turns')
/** How long a bank may take to answer where no store says so, in ms. */
const DEFAULT_TIMEOUT = 5_000
/** Deletes under way at once in `clear` and `deleteExpired`. */
const PARALLEL_DELETES = 16

type PlainBank = Pick<Databank, 'read' | 'save' | 'del' | 'scan'> & { [TURNS]?: Turns }
type PlainValue = Record<string, unknown> & { cookie?: unknown; _bank?: unknown }

/**
 * `Records` over any databank: its own `memory`, or a third party's driver. What such a bank cannot do in one step is
 * done in turns, one id at a time, so the promises hold within one process and no further.
 *
 * The expiry lies where connect-databank looks for it, in the value's own `cookie.expires`; one that the cookie has not
 * (it comes from `ttl`) lies in `_bank.expires`.
 */
export class PlainRecords implements Records {
  readonly #bank: PlainBank
  readonly #type: string
  readonly #now: () => number
  readonly #turns: Turns
  readonly #deadlines: Deadlines

  constructor(
    bank: PlainBank,
    type: string,
    now: () => number = () => Date.now(),
    deadlines = deadlinesOf(DEFAULT_TIMEOUT),
  ) {
    this.#bank = bank
    this.#type = type
    this.#now = now
    this.#deadlines = deadlines
    bank[TURNS] ??= new Turns()
    this.#turns = bank[TURNS]
  }

  read(id: string): Promise<StoredRecord | null> {
    const asked = this.#now()
    return new Promise((resolve, reject) => {
      this.#bank.read(this.#type, id, (error, value) => {
        if (!error) resolve(liveAt(asked, value))
        else if (error.name === 'NoSuchThingError') resolve(null)
        else reject(error)
      })
    })
  }

  async write(id: string, json: string, { expires, ifRevision, extend }: WriteOptions): Promise<Revision | null> {
    const value = parse(json)
    let end = checkedExpiry(expires)
    return this.#turn(id, async (deadline) => {
      if (ifRevision !== undefined) {
        const record = await this.#current(id, deadline)
        if ((record?.revision ?? null) !== ifRevision) return null
        if (extend && record) end = laterExpiry(end, record.expires)
      }
      const revision = revisionOf(JSON.stringify(value), value)
      await this.#save(id, withExpiry(value, id, end))
      return revision
    })
  }

  async touch(id: string, expires: number | null, { ifRevision, extend }: TouchOptions = {}): Promise<boolean> {
    const asked = checkedExpiry(expires)
    return this.#turn(id, async (deadline) => {
      const record = await this.#current(id, deadline)
      if (!record || (ifRevision !== undefined && record.revision !== ifRevision)) return false
      const end = extend ? laterExpiry(asked, record.expires) : asked
      await this.#save(id, withExpiry(JSON.parse(record.json), id, end))
      return true
    })
  }

  delete(id: string): Promise<boolean> {
    return this.#turn(id, () => this.#delete(id))
  }

  async *entries(): AsyncGenerator<[string, StoredRecord]> {
    const asked = this.#now()
    for await (const value of this.#scan()) {
      const id = idOf(value)
      const record = liveAt(asked, value)
      if (id !== null && record) yield [id, record]
    }
  }

  async *find(field: string, wanted: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    assertScalar(wanted)
    for await (const entry of this.entries()) if (holds(entry[1], field, wanted)) yield entry
  }

  async count(): Promise<number> {
    const asked = this.#now()
    let count = 0
    for await (const value of this.#scan()) if (liveAt(asked, value)) count++
    return count
  }

  async clear(): Promise<void> {
    const ids: (string | null)[] = []
    for await (const value of this.#scan()) ids.push(idOf(value))
    await this.#deleteAll(ids, () => true)
  }

  async deleteExpired(limit: number): Promise<number> {
    return (await this.sweep(limit)).removed
  }

  /** As `deleteExpired`; says also how many records it had to look at, since it has no index to go by. */
  async sweep(limit = Number.POSITIVE_INFINITY): Promise<{ examined: number; removed: number }> {
    const asked = this.#now()
    const expired: (string | null)[] = []
    let examined = 0
    for await (const value of this.#scan()) {
      examined++
      if (expired.length < limit && !liveAt(asked, value)) expired.push(idOf(value))
    }
    const removed = await this.#deleteAll(expired, async (id) => (await this.read(id)) === null)
    return { examined, removed }
  }

  /** Deletes by id, where `condition` still holds when its turn comes. */
  async #deleteAll(found: (string | null)[], condition: (id: string) => boolean | Promise<boolean>): Promise<number> {
    const ids = found.filter((id) => id !== null)
    let removed = 0
    const worker = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const due = id
        const deleted = await this.#turn(due, async () => (await condition(due)) && (await this.#delete(due)))
        if (deleted) removed++
      }
    }
    await Promise.all(Array.from({ length: PARALLEL_DELETES }, worker))
    return removed
  }

  /** A bank that does not answer must not hold up those who come next for this id, nor do later what has failed by then. */
  #turn<T>(id: string, task: (deadline: number) => Promise<T>): Promise<T> {
    const deadline = this.#deadlines.begin()
    return this.#turns.run(`${this.#type}\0${id}`, () => {
      return this.#deadlines.bound(() => task(deadline), deadline, explainBankError, id)
    })
  }

  /** The record, for one who writes on it: not if that comes too late. */
  async #current(id: string, deadline: number): Promise<StoredRecord | null> {
    const record = await this.read(id)
    if (this.#deadlines.hasPassed(deadline)) throw new BankTimeoutError(this.#deadlines.timeout)
    return record
  }

  #save(id: string, value: PlainValue): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#bank.save(this.#type, id, value, (error) => (error ? reject(error) : resolve()))
    })
  }

  #delete(id: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#bank.del(this.#type, id, (error) => {
        if (!error) resolve(true)
        else if (error.name === 'NoSuchThingError') resolve(false)
        else reject(error)
      })
    })
  }

  /** The bank's values as they come, for each of which it has the time of an operation. */
  async *#scan(): AsyncGenerator<unknown> {
    const values: unknown[] = []
    let ended: { error: Error | null } | undefined
    let wake = () => {}
    const onValue = (value: unknown) => {
      values.push(value)
      wake()
    }
    this.#bank.scan(this.#type, onValue, (error) => {
      ended = { error: error?.name === 'NoSuchThingError' ? null : error }
      wake()
    })
    for (let at = 0; ; ) {
      while (at < values.length) yield values[at++]
      if (ended?.error) throw ended.error
      if (ended) return
      const heard = () => new Promise<void>((resolve) => (wake = resolve))
      await this.#deadlines.bound(heard, this.#deadlines.begin(), explainBankError)
    }
  }
}

/** A value as it came from the bank, seen as a record. */
class PlainRecord implements StoredRecord {
  readonly expires: number | null
  readonly value: unknown
  #json: string | undefined

  constructor(stored: unknown) {
    this.expires = expiryIn(stored)
    this.value = withoutOurs(stored)
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.value)
    return this.#json
  }

  get revision(): Revision {
    return revisionOf(this.json, this.value)
  }
}

/**
 * The value as a record, if it was alive when the bank was asked. What ends while the bank answers may have been given more
 * time meanwhile: to call it dead by this answer would be wrong.
 */
function liveAt(asked: number, value: unknown): PlainRecord | null {
  const record = new PlainRecord(value)
  return isLive(record.expires, asked) ? record : null
}

/**
 * The content itself; without the cookie's expiry where that only follows from its age, since a touch moves it. The
 * store writes the cookie behind the data, so its text is the last of its kind.
 */
function revisionOf(json: string, value: unknown): Revision {
  if (!isObject(value) || !isObject(value.cookie)) return json
  const { originalMaxAge, expires } = value.cookie
  if (originalMaxAge == null || expires == null) return json
  const text = `"expires":${JSON.stringify(expires)}`
  const at = json.indexOf(text, json.lastIndexOf('"cookie":{'))
  return at === -1 ? json : json.slice(0, at) + json.slice(at + text.length)
}

/** Without the parser's error, which quotes the text. */
function parse(json: string): PlainValue {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('what shall be written is not JSON')
  }
}

function expiryIn(stored: unknown): number | null {
  if (!isObject(stored)) return null
  const ours = isObject(stored._bank) ? stored._bank.expires : undefined
  if (ours === null) return null
  return cookieTime(stored) ?? (typeof ours === 'number' && !Number.isNaN(ours) ? checkedExpiry(ours) : null)
}

function cookieTime(value: PlainValue): number | null {
  return isObject(value.cookie) ? toTime((value.cookie as SessionCookie).expires) : null
}

function idOf(stored: unknown): string | null {
  if (!isObject(stored)) return null
  const id = isObject(stored._bank) && stored._bank.id !== undefined ? stored._bank.id : stored.sid
  return typeof id === 'string' ? id : null
}

/** Puts the expiry into the value, which is then as the bank shall hold it. */
function withExpiry(value: PlainValue, id: string, expires: number | null): PlainValue {
  const own = cookieTime(value)
  const ours: Record<string, unknown> = isObject(value._bank) ? { ...value._bank } : {}
  if (own !== null && expires !== null && own !== expires) {
    value.cookie = { ...(value.cookie as SessionCookie), expires: new Date(expires).toISOString() }
  }
  if ((own === null) !== (expires === null)) ours.expires = expires
  if (value.sid !== id) ours.id = id
  if (Object.keys(ours).length > 0) value._bank = ours
  return value
}

/** The value without what {@link withExpiry} put beside it. */
function withoutOurs(stored: unknown): unknown {
  if (!isObject(stored) || !isObject(stored._bank)) return stored
  const { _bank, ...value } = stored
  const { expires: _expires, id: _id, ...rest } = _bank as Record<string, unknown>
  return Object.keys(rest).length > 0 ? { ...value, _bank: rest } : value
}
