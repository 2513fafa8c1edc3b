import type {
  Databank,
  JsonScalar,
  Records,
  Revision,
  StoredRecord,
  TouchOptions,
  WriteOptions,
} from '@sessionbank/databank-kit'
import { toTime, valueAt } from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import { isLive } from './expiry.ts'
import { isObject } from './session-record.ts'
import { Turns } from './turns.ts'

/** All stores of this process that share a bank share its turns, whichever copy of this package they come from. */
const TURNS = Symbol.for('sessionbank.turns')
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

  constructor(bank: PlainBank, type: string, now: () => number = () => Date.now()) {
    this.#bank = bank
    this.#type = type
    this.#now = now
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

  write(id: string, json: string, { expires, ifRevision }: WriteOptions): Promise<Revision | null> {
    return this.#turn(id, async () => {
      if (ifRevision !== undefined) {
        const record = await this.read(id)
        if ((record?.revision ?? null) !== ifRevision) return null
      }
      const value: PlainValue = JSON.parse(json)
      const revision = revisionOf(json, value)
      await this.#save(id, withExpiry(value, id, expires))
      return revision
    })
  }

  touch(id: string, expires: number | null, { ifRevision }: TouchOptions = {}): Promise<boolean> {
    return this.#turn(id, async () => {
      const record = await this.read(id)
      if (!record || (ifRevision !== undefined && record.revision !== ifRevision)) return false
      await this.#save(id, withExpiry(JSON.parse(record.json), id, expires))
      return true
    })
  }

  delete(id: string): Promise<boolean> {
    return this.#turn(id, () => this.#delete(id))
  }

  async *entries(): AsyncGenerator<[string, StoredRecord]> {
    const asked = this.#now()
    for (const value of await this.#scan()) {
      const id = idOf(value)
      const record = liveAt(asked, value)
      if (id !== null && record) yield [id, record]
    }
  }

  async *find(field: string, wanted: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    for await (const entry of this.entries()) {
      if (valueAt(entry[1].value, field) === wanted) yield entry
    }
  }

  async count(): Promise<number> {
    const asked = this.#now()
    const values = await this.#scan()
    return values.filter((value) => liveAt(asked, value)).length
  }

  async clear(): Promise<void> {
    await this.#deleteAll(await this.#scan(), () => true)
  }

  async deleteExpired(limit: number): Promise<number> {
    return (await this.sweep(limit)).removed
  }

  /** As `deleteExpired`; says also how many records it had to look at, since it has no index to go by. */
  async sweep(limit = Number.POSITIVE_INFINITY): Promise<{ examined: number; removed: number }> {
    const asked = this.#now()
    const values = await this.#scan()
    const expired = values.filter((value) => !liveAt(asked, value)).slice(0, limit)
    const removed = await this.#deleteAll(expired, async (id) => (await this.read(id)) === null)
    return { examined: values.length, removed }
  }

  /** Deletes by id, where `condition` still holds when its turn comes. */
  async #deleteAll(values: unknown[], condition: (id: string) => boolean | Promise<boolean>): Promise<number> {
    const ids = values.map(idOf).filter((id) => id !== null)
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

  #turn<T>(id: string, task: () => Promise<T>): Promise<T> {
    return this.#turns.run(`${this.#type}\0${id}`, task)
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

  #scan(): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const values: unknown[] = []
      const done = (error: Error | null) => {
        if (error && error.name !== 'NoSuchThingError') reject(error)
        else resolve(values)
      }
      this.#bank.scan(this.#type, (value) => values.push(value), done)
    })
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

function expiryIn(stored: unknown): number | null {
  if (!isObject(stored)) return null
  const ours = isObject(stored._bank) ? stored._bank.expires : undefined
  if (ours === null) return null
  return cookieTime(stored) ?? (typeof ours === 'number' ? ours : null)
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
