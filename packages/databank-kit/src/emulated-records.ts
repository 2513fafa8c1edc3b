import type { Call, CallOptions } from './call.ts'
import { Calls } from './calls.ts'
import type { Databank } from './databank.ts'
import { DecodedRecord, type ValueCodec } from './decoded-record.ts'
import type { Condition, NewRecord, Page, Touch } from './driver-records.ts'
import { parsed } from './json-text.ts'
import type { StoredRecord } from './records.ts'
import { RecordsBase } from './records-base.ts'
import { Turns } from './turns.ts'
import { isLive, laterExpiry } from './value-expiry.ts'

/** The methods of a plain databank that are used here. */
export type PlainBank = Pick<Databank, 'read' | 'save' | 'del' | 'scan'>

/** Options of {@link EmulatedRecords}. */
export interface EmulatedRecordsOptions {
  /** The databank, connected by the app. */
  bank: PlainBank
  /** The databank type (“table”) of the records. */
  type: string
  /** Converts values of the databank to records and back. */
  codec: ValueCodec
  /** How long a call may take, in ms. */
  timeout: number
  /** Returns the error that the caller gets for an error of the bank. */
  explain(error: unknown): Error
  /** Returns the time in ms since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** The result of a sweep of a plain databank. */
interface SweptRecords {
  /** Number of records that were read. */
  examined: number
  /** Number of expired records that were removed. */
  removed: number
}

/** Key under which all emulated records of a bank share its turns, even those of another copy of this package. */
const TURNS = Symbol.for('sessionbank.turns')
/** Number of concurrent deletes. */
const PARALLEL_DELETES = 16

/**
 * `Records` on any databank: its own `memory`, or a third party's driver. Such a bank lacks atomic operations, so the
 * calls for one id wait for each other. Therefore the guarantees hold within one process only.
 */
export class EmulatedRecords extends RecordsBase {
  readonly #bank: PlainBank
  readonly #type: string
  readonly #codec: ValueCodec
  readonly #turns: Turns

  constructor({ bank, type, codec, timeout, explain, now }: EmulatedRecordsOptions) {
    const calls = new Calls({ database: 'the bank', timeout, failureOf: explain })
    super({ calls, ids: { rule: 'text', maxBytes: Number.POSITIVE_INFINITY }, ...(now && { now }) })
    this.#bank = bank
    this.#type = type
    this.#codec = codec
    const shared = bank as PlainBank & { [TURNS]?: Turns }
    shared[TURNS] ??= new Turns()
    this.#turns = shared[TURNS]
  }

  protected override _read(id: string): Promise<StoredRecord | null> {
    return new Promise((resolve, reject) => {
      this.#bank.read(this.#type, id, (error, stored) => {
        if (!error) resolve(new DecodedRecord(stored, this.#codec))
        else if (error.name === 'NoSuchThingError') resolve(null)
        else reject(error)
      })
    })
  }

  protected override _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const value = parsed(record.json)
    return this.#inTurn(id, call, async () => {
      const { ifRevision, extend } = condition
      let { expires } = record
      if (ifRevision !== undefined) {
        const there = await this.#liveRecord(id, condition, call)
        if ((there?.revision ?? null) !== ifRevision) return null
        if (extend && there) expires = laterExpiry(expires, there.expires)
      }
      const revision = this.#codec.revisionOf(JSON.stringify(value), value)
      await this.#save(id, this.#codec.encode(value, id, expires), call)
      return revision
    })
  }

  protected override _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    return this.#inTurn(id, call, async () => {
      const there = await this.#liveRecord(id, condition, call)
      if (!there || (condition.ifRevision !== undefined && there.revision !== condition.ifRevision)) return false
      const expires = condition.extend ? laterExpiry(touch.expires, there.expires) : touch.expires
      await this.#save(id, this.#codec.encode(there.value, id, expires), call)
      return true
    })
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#inTurn(id, call, () => this.#del(id, call))
  }

  /** Returns all records in one page, because a databank can only stream all values. */
  protected override async _page(_from: unknown, call: Call): Promise<Page> {
    const records: Page['records'] = []
    await this.#scan(call, (stored) => {
      const id = this.#codec.idIn(stored)
      if (id !== null) records.push([id, new DecodedRecord(stored, this.#codec)])
    })
    return { records }
  }

  protected override _candidates(_query: unknown, from: unknown, call: Call): Promise<Page> {
    return this._page(from, call)
  }

  protected override async _count(now: number, call: Call): Promise<number> {
    let count = 0
    await this.#scan(call, (stored) => {
      if (isLive(this.#codec.expiresIn(stored), now)) count++
    })
    return count
  }

  protected override async _clear(_from: unknown, call: Call): Promise<undefined> {
    const ids: string[] = []
    await this.#scan(call, (stored) => {
      const id = this.#codec.idIn(stored)
      if (id !== null) ids.push(id)
    })
    await this.#deleteAll(ids, call)
  }

  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    return (await this.#sweep(limit, now, call)).removed
  }

  /** Same as `deleteExpired`, but also returns how many records were read, because there is no index of expiries. */
  sweep(options?: CallOptions): Promise<SweptRecords> {
    return this.calls.read((call) => this.#sweep(Number.POSITIVE_INFINITY, this.now(), call), options)
  }

  async #sweep(limit: number, now: number, call: Call): Promise<SweptRecords> {
    const expired: string[] = []
    let examined = 0
    await this.#scan(call, (stored) => {
      examined++
      const id = this.#codec.idIn(stored)
      const hasExpired = !isLive(this.#codec.expiresIn(stored), now)
      if (id !== null && hasExpired && expired.length < limit) expired.push(id)
    })
    return { examined, removed: await this.#deleteAll(expired, call, now) }
  }

  /** @param expiredBy deletes only the records that have expired at this time; default: all */
  async #deleteAll(ids: string[], call: Call, expiredBy?: number): Promise<number> {
    let removed = 0
    const isDue = async (id: string) => {
      if (expiredBy === undefined) return true
      const record = await this._read(id)
      return record !== null && !isLive(record.expires, expiredBy)
    }
    const worker = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const due = id
        if (await this.#inTurn(due, call, async () => (await isDue(due)) && (await this.#del(due, call)))) removed++
        call.progress()
      }
    }
    await Promise.all(Array.from({ length: PARALLEL_DELETES }, worker))
    return removed
  }

  /**
   * A turn lasts until the bank has answered, even if the call has failed for its caller, to keep the order of writes.
   */
  #inTurn<T>(id: string, call: Call, task: () => Promise<T>): Promise<T> {
    const key = `${this.#type}\0${id}`
    call.whenAbandoned(() => this.#turns.abandon(key))
    return this.#turns.run(key, () => (call.isOver ? Promise.reject(call.timedOut()) : task()))
  }

  /** Reads the record before a write. Throws if the deadline has passed meanwhile. */
  async #liveRecord(id: string, { now }: Condition, call: Call): Promise<StoredRecord | null> {
    const record = await this._read(id)
    call.assertInTime()
    return record && isLive(record.expires, now) ? record : null
  }

  #save(id: string, value: unknown, call: Call): Promise<void> {
    call.sent = true
    return new Promise((resolve, reject) => {
      this.#bank.save(this.#type, id, value, (error) => (error ? reject(error) : resolve()))
    })
  }

  #del(id: string, call: Call): Promise<boolean> {
    call.sent = true
    return new Promise((resolve, reject) => {
      this.#bank.del(this.#type, id, (error) => {
        if (!error) resolve(true)
        else if (error.name === 'NoSuchThingError') resolve(false)
        else reject(error)
      })
    })
  }

  /** Streams all values. Each may take as long as a call. */
  #scan(call: Call, onValue: (stored: unknown) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const eachValue = (stored: unknown) => {
        call.progress()
        onValue(stored)
      }
      this.#bank.scan(this.#type, eachValue, (error) => {
        if (!error || error.name === 'NoSuchThingError') resolve()
        else reject(error)
      })
    })
  }
}
