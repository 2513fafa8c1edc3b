import {
  type Deadlines,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  valueAt,
  type WriteOptions,
} from '@sessionbank/databank-kit'
import { type Criteria, checkedCriteria } from './criteria.ts'
import { CorruptRecordError } from './errors.ts'
import { type ExpiryPolicy, isLive } from './expiry.ts'
import { explainBankError } from './explain-bank-error.ts'
import { type LoadedSession, open, type ShowCookie, valueIn, type Withholds } from './loaded-session.ts'

/** What the sessions of a store are read with. */
export interface SessionRecordsContext {
  now(): number
  policy: ExpiryPolicy
  withholds: Withholds | undefined
  showCookie: ShowCookie | undefined
  /** Told of an error that no caller waits for. */
  report(error: Error): void
}

/**
 * A bank's records, seen as sessions: only live ones are found, an operation ends at its deadline, and the bank's errors
 * are explained.
 */
export class SessionRecords {
  readonly #records: Records
  readonly #deadlines: Deadlines
  readonly #context: SessionRecordsContext

  constructor(records: Records, deadlines: Deadlines, context: SessionRecordsContext) {
    this.#records = records
    this.#deadlines = deadlines
    this.#context = context
  }

  /** The session as the bank holds it now; null where it is gone. */
  async read(sid: string, deadline: number): Promise<LoadedSession | null> {
    for (;;) {
      const asked = this.#context.now()
      const record = await this.#bounded(() => this.#records.read(sid), deadline, sid)
      if (!record) return null
      const now = this.#context.now()
      const loaded = this.#open(record, now)
      if (!loaded) this.#context.report(new CorruptRecordError())
      if (!loaded || !isLive(loaded.base.expires, asked)) return null
      // One that ended while the bank answered may have been given more time meanwhile: then the bank has it.
      if (isLive(loaded.base.expires, now)) return loaded
    }
  }

  write(sid: string, json: string, options: WriteOptions, deadline: number): Promise<Revision | null> {
    return this.#bounded(() => this.#records.write(sid, json, options), deadline, sid)
  }

  touch(sid: string, expires: number | null, options: TouchOptions, deadline: number): Promise<boolean> {
    return this.#bounded(() => this.#records.touch(sid, expires, options), deadline, sid)
  }

  delete(sid: string, deadline: number): Promise<boolean> {
    return this.#bounded(() => this.#records.delete(sid), deadline, sid)
  }

  count(): Promise<number> {
    return this.#bounded(() => this.#records.count(), this.#deadlines.begin())
  }

  /** Takes as long as it takes: there may be millions. */
  async clear(): Promise<void> {
    try {
      await this.#records.clear()
    } catch (error) {
      throw explainBankError(error)
    }
  }

  entries(): AsyncGenerator<[sid: string, session: LoadedSession]> {
    return this.#sessions(this.#records.entries())
  }

  /**
   * The sessions that meet all criteria.
   *
   * @param indices fields of which the bank has an index
   * @throws InvalidOptionError if the criteria cannot be used
   */
  find(criteria: Criteria, indices: readonly string[]): AsyncGenerator<[sid: string, session: LoadedSession]> {
    const wanted = [...checkedCriteria(criteria)]
    const [field, value] = wanted.find(([name]) => indices.includes(name)) ?? (wanted[0] as [string, JsonScalar])
    const meets = (found: unknown) => wanted.every(([name, scalar]) => valueAt(found, name) === scalar)
    return this.#sessions(this.#records.find(field, value), meets)
  }

  async *#sessions(
    records: AsyncIterable<[string, StoredRecord]>,
    meets?: (value: unknown) => boolean,
  ): AsyncGenerator<[string, LoadedSession]> {
    const asked = this.#context.now()
    for await (const [sid, record] of this.#each(records)) {
      if (meets && !meets(valueIn(record))) continue
      const now = this.#context.now()
      const listed = this.#open(record, now)
      if (!listed || !isLive(listed.base.expires, asked)) continue
      if (isLive(listed.base.expires, now)) yield [sid, listed]
      else yield* this.#renewed(sid, meets)
    }
  }

  /** A session that ended while its bank was being listed, if it has been given more time meanwhile. */
  async *#renewed(sid: string, meets?: (value: unknown) => boolean): AsyncGenerator<[string, LoadedSession]> {
    const loaded = await this.read(sid, this.#deadlines.begin())
    if (loaded && (!meets || meets(JSON.parse(loaded.base.json)))) yield [sid, loaded]
  }

  /** Goes through a stream whose bank may stop to answer at any step. */
  async *#each<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.#bounded(() => iterator.next(), this.#deadlines.begin())
        if (step.done) return
        yield step.value
      }
    } finally {
      iterator.return?.()?.catch(() => {})
    }
  }

  #open(record: StoredRecord, now: number): LoadedSession | null {
    const { policy, withholds, showCookie } = this.#context
    return open(record, { now, policy, withholds, showCookie })
  }

  #bounded<T>(operation: () => Promise<T>, deadline: number, sid?: string): Promise<T> {
    return this.#deadlines.bound(operation, deadline, explainBankError, sid)
  }
}
