import { attempt, isLive, type Records, type StoredRecord, valueIn } from '@sessionbank/databank-kit'
import type { Bank } from './bank.ts'
import type { Criteria } from './criteria.ts'
import { UnreadableRecordError } from './errors.ts'
import type { LifetimeLimit } from './expiry.ts'
import { explained, explainedStream, rejectExplained } from './explain-bank-error.ts'
import { IN_BACKGROUND } from './keep-alive.ts'
import type { Operation } from './operation.ts'
import type { Settings } from './options.ts'
import type { Reporter } from './reporter.ts'
import { openedBy, type Seal } from './seal.ts'
import { Search } from './search.ts'
import type { SessionRecord, Version } from './session-record.ts'
import { readStoredNow, type SessionWrites } from './session-writes.ts'
import type { ShowCookie } from './shown-cookie.ts'
import type { StoredIds } from './stored-ids.ts'
import { type LoadedSession, loadedSession } from './to-session.ts'

/** The dependencies of `SessionRecords`. */
export interface SessionRecordsContext {
  bank: Bank
  records: Records
  settings: LifetimeLimit & Pick<Settings, 'type'>
  now(): number
  showCookie: ShowCookie | undefined
  reporter: Reporter
  ids: StoredIds
  /** Null if sessions are not encrypted. */
  seal: Seal | null
  /** The indexed fields. */
  readonly indices: readonly string[]
}

type OneRecord = Pick<Operation, 'sid' | 'id'> & { deadline?: number }

/** Reads a bank's records as sessions: opens sealed ones, leaves out expired ones, and converts the bank's errors. */
export class SessionRecords {
  readonly #records: Records
  readonly #writes: SessionWrites
  readonly #context: SessionRecordsContext
  /** False if no record is known to end later than `maxLifetime` allows. */
  #mayExceedLimit: boolean

  readonly #report = (error: Error) => this.#context.reporter.report(error)

  constructor(context: SessionRecordsContext, writes: SessionWrites) {
    this.#records = context.records
    this.#writes = writes
    this.#context = context
    this.#mayExceedLimit = context.settings.maxLifetime !== false
  }

  /** Returns the session as the bank holds it now; null if it is gone or cannot be read by this version. */
  read({ sid, id, deadline }: OneRecord): Promise<LoadedSession | null> {
    return this.#read(id, deadline, this.#context.ids.olderIdOf(sid))
  }

  /** @param older another id, which is read if the bank has no record under the first one */
  #read(id: string, deadline?: number, older: string | null = null): Promise<LoadedSession | null> {
    const asked = this.#context.now()
    return attempt(() => this.#records.read(id, { deadline })).then((stored) => {
      if (!stored) return older === null ? null : this.#read(older, deadline)
      const now = this.#context.now()
      const loaded = this.#reported(id, stored, now)
      if (!loaded || !isLive(loaded.record.expires, asked)) return null
      // The session expired while the bank answered. Another request may have extended it meanwhile: read again.
      return isLive(loaded.record.expires, now) ? loaded : this.#read(id, deadline)
    }, rejectExplained)
  }

  /** Reads a session synchronously. Returns undefined if the bank cannot do that. */
  readNow({ sid, id }: OneRecord): LoadedSession | null | undefined {
    return this.#readNow(id, this.#context.ids.olderIdOf(sid))
  }

  #readNow(id: string, older: string | null): LoadedSession | null | undefined {
    const stored = readStoredNow(this.#records, id)
    if (stored === null && older !== null) return this.#readNow(older, null)
    if (!stored) return stored
    const now = this.#context.now()
    const loaded = this.#reported(id, stored, now)
    return loaded && isLive(loaded.record.expires, now) ? loaded : null
  }

  /**
   * Returns the number of live sessions. With `maxLifetime` it reads all, because another app may have extended some
   * beyond the limit.
   */
  async count(): Promise<number> {
    if (this.#context.settings.maxLifetime === false) return explained(this.#records.count())
    let count = 0
    for await (const _ of this.entries()) count++
    return count
  }

  /**
   * Shortens each expiry that is later than `maxLifetime` allows, so that the bank expires the record in time. Such an
   * expiry comes from an app with a longer limit or none. After the first run, reads the records again only if such a
   * record was seen.
   *
   * @returns the number of records that it read
   */
  async limitLives(): Promise<number> {
    if (!this.#mayExceedLimit) return 0
    let examined = 0
    try {
      this.#mayExceedLimit = false
      for await (const [id, stored] of explainedStream(this.#records.entries(IN_BACKGROUND))) {
        examined++
        const { record } = this.#loaded(id, stored, { now: this.#context.now() }) ?? {}
        if (record?.exceedsMaxLifetime && !(await this.#limit(record))) this.#mayExceedLimit = true
      }
    } catch (error) {
      this.#mayExceedLimit = true
      throw error
    }
    return examined
  }

  #limit(record: SessionRecord): Promise<boolean> {
    const { revision: ifRevision } = record.version as Version
    return explained(this.#writes.touch(record, record.expires, { ifRevision, ...IN_BACKGROUND }))
  }

  clear(): Promise<void> {
    return explained(this.#records.clear())
  }

  entries(): AsyncGenerator<LoadedSession> {
    return this.#sessions(this.#records.entries())
  }

  /**
   * Returns the sessions that match all criteria.
   *
   * @throws InvalidOptionError if the criteria are invalid
   */
  find(criteria: Criteria): AsyncGenerator<LoadedSession> {
    const search = new Search(criteria)
    return this.#sessions(search.candidates(this.#records, this.#context), search)
  }

  /** Reports only the first record that cannot be read. */
  async *#sessions(records: AsyncIterable<[string, StoredRecord]>, search?: Search): AsyncGenerator<LoadedSession> {
    const asked = this.#context.now()
    let isTold = false
    const report = (error: Error) => {
      if (!isTold) this.#report(error)
      isTold = true
    }
    for await (const [id, stored] of explainedStream(records)) {
      const now = this.#context.now()
      const listed = this.#loaded(id, stored, { now, search, report })
      if (listed?.record.exceedsMaxLifetime) this.#mayExceedLimit = true
      if (!listed || !isLive(listed.record.expires, asked)) continue
      if (isLive(listed.record.expires, now)) yield listed
      else yield* this.#renewed(id, search)
    }
  }

  /** Returns a session that expired while the bank was being listed, if it has been extended meanwhile. */
  async *#renewed(id: string, search?: Search): AsyncGenerator<LoadedSession> {
    const loaded = await this.#read(id)
    if (loaded && (!search || search.isMetBy(JSON.parse(loaded.record.text)))) yield loaded
  }

  /** Returns the session in a record that was read by its id. Reports a record that cannot be read. */
  #reported(id: string, stored: StoredRecord, now: number): LoadedSession | null {
    const loaded = this.#loaded(id, stored, { now, report: this.#report })
    if (loaded?.record.exceedsMaxLifetime) this.#mayExceedLimit = true
    return loaded
  }

  /** Returns the session in a record; null if this version cannot read it, or if it does not match the search. */
  #loaded(
    id: string,
    stored: StoredRecord,
    { now, search, report = UNHEARD }: { now: number; search?: Search | undefined; report?(error: Error): void },
  ): LoadedSession | null {
    try {
      const opened = openedBy(this.#context.seal, id, stored)
      if (search && !search.isMetBy(valueIn(opened))) return null
      const { settings, showCookie } = this.#context
      const loaded = loadedSession(id, opened, { now, policy: settings, showCookie })
      if (!loaded) report(new UnreadableRecordError('damaged'))
      return loaded
    } catch (error) {
      // A plain databank may hold a value that cannot be converted to JSON.
      report(error instanceof UnreadableRecordError ? error : new UnreadableRecordError('damaged'))
      return null
    }
  }
}

const UNHEARD = (_error: Error) => {}
