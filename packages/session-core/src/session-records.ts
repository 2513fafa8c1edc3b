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

/** What the sessions of a store are read with. */
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

/**
 * A bank's records, seen as sessions: only live ones are found, and they are opened if they are sealed. The bank's errors
 * are explained.
 */
export class SessionRecords {
  readonly #records: Records
  readonly #writes: SessionWrites
  readonly #context: SessionRecordsContext
  /** False once no record is known to end later than `maxLifetime` allows. */
  #mayExceedLimit: boolean

  readonly #report = (error: Error) => this.#context.reporter.report(error)

  constructor(context: SessionRecordsContext, writes: SessionWrites) {
    this.#records = context.records
    this.#writes = writes
    this.#context = context
    this.#mayExceedLimit = context.settings.maxLifetime !== false
  }

  /** Returns the session as the bank holds it now; null if it is gone, or no session that this version can read. */
  read({ sid, id, deadline }: OneRecord): Promise<LoadedSession | null> {
    return this.#read(id, deadline, this.#context.ids.olderIdOf(sid))
  }

  /** @param older another id, under which the session may lie if nothing lies under this one */
  #read(id: string, deadline?: number, older: string | null = null): Promise<LoadedSession | null> {
    const asked = this.#context.now()
    return attempt(() => this.#records.read(id, { deadline })).then((stored) => {
      if (!stored) return older === null ? null : this.#read(older, deadline)
      const now = this.#context.now()
      const loaded = this.#reported(id, stored, now)
      if (!loaded || !isLive(loaded.record.expires, asked)) return null
      // A session that ended while the bank answered may have been touched meanwhile: then the bank has it.
      return isLive(loaded.record.expires, now) ? loaded : this.#read(id, deadline)
    }, rejectExplained)
  }

  /** Reads a session synchronously. Returns undefined if the bank cannot. */
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

  /** Returns how many sessions live. With a `maxLifetime` it looks at each: another app may have let it live longer. */
  async count(): Promise<number> {
    if (this.#context.settings.maxLifetime === false) return explained(this.#records.count())
    let count = 0
    for await (const _ of this.entries()) count++
    return count
  }

  /**
   * Moves each end that is later than `maxLifetime` allows to that limit, so that the bank expires it: an app without the
   * limit, or with a longer one, has chosen it. Does so once, and again after such a record was seen.
   *
   * @returns how many records it looked at
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
   * The sessions that meet all criteria.
   *
   * @throws InvalidOptionError if the criteria cannot be used
   */
  find(criteria: Criteria): AsyncGenerator<LoadedSession> {
    const search = new Search(criteria)
    return this.#sessions(search.candidates(this.#records, this.#context), search)
  }

  /** Of the records that cannot be read, the first one is reported. */
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

  /** A session that ended while its bank was being listed, if it has been given more time meanwhile. */
  async *#renewed(id: string, search?: Search): AsyncGenerator<LoadedSession> {
    const loaded = await this.#read(id)
    if (loaded && (!search || search.isMetBy(JSON.parse(loaded.record.text)))) yield loaded
  }

  /** Returns the session in a record that is asked for by its id; one that cannot be read is reported. */
  #reported(id: string, stored: StoredRecord, now: number): LoadedSession | null {
    const loaded = this.#loaded(id, stored, { now, report: this.#report })
    if (loaded?.record.exceedsMaxLifetime) this.#mayExceedLimit = true
    return loaded
  }

  /** Returns the session in a record; null if it is none that this version can read, or not one that is looked for. */
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
      // A plain databank may hold a value of which no text can be made.
      report(error instanceof UnreadableRecordError ? error : new UnreadableRecordError('damaged'))
      return null
    }
  }
}

const UNHEARD = (_error: Error) => {}
