import {
  attempt,
  type CallOptions,
  isLive,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  valueAt,
  valueIn,
  type WriteOptions,
} from '@sessionbank/databank-kit'
import type { Bank } from './bank.ts'
import { type Criteria, checkedCriteria } from './criteria.ts'
import { UnreadableRecordError } from './errors.ts'
import type { ExpiryPolicy } from './expiry.ts'
import { explainBankError, explained, explainedStream, rejectExplained } from './explain-bank-error.ts'
import { IN_BACKGROUND } from './keep-alive.ts'
import type { Operation } from './operation.ts'
import type { Settings } from './options.ts'
import type { Reporter } from './reporter.ts'
import { knownRevision, type SessionRecord, type Version } from './session-record.ts'
import type { ShowCookie } from './shown-cookie.ts'
import { type LoadedSession, loadedSession } from './to-session.ts'

/** What the sessions of a store are read with. */
export interface SessionRecordsContext {
  bank: Bank
  records: Records
  settings: ExpiryPolicy & Pick<Settings, 'type'>
  now(): number
  showCookie: ShowCookie | undefined
  reporter: Reporter
}

type OneRecord = Pick<Operation, 'sid'> & { deadline?: number }

/**
 * A bank's records, seen as sessions: only live ones are found. The bank's errors are explained, except those of `write`,
 * `touch`, `delete` and `revisionToReplace`: the store's queue explains these, once an operation.
 */
export class SessionRecords {
  readonly #records: Records
  readonly #context: SessionRecordsContext
  /** False once no record is known to end later than `maxLifetime` allows. */
  #mayExceedLimit: boolean

  readonly #report = (error: Error) => this.#context.reporter.report(error)

  constructor(context: SessionRecordsContext) {
    this.#records = context.records
    this.#context = context
    this.#mayExceedLimit = context.settings.maxLifetime !== false
  }

  /** Returns the session as the bank holds it now; null if it is gone, or no session that this version can read. */
  read(one: OneRecord): Promise<LoadedSession | null> {
    const { sid, deadline } = one
    const asked = this.#context.now()
    return attempt(() => this.#records.read(sid, { deadline })).then((stored) => {
      if (!stored) return null
      const now = this.#context.now()
      const loaded = this.#reported(sid, stored, now)
      if (!loaded || !isLive(loaded.record.expires, asked)) return null
      // A session that ended while the bank answered may have been touched meanwhile: then the bank has it.
      return isLive(loaded.record.expires, now) ? loaded : this.read(one)
    }, rejectExplained)
  }

  /** Reads a session synchronously. Returns undefined if the bank cannot. */
  readNow(sid: string): LoadedSession | null | undefined {
    const stored = this.#storedNow(sid)
    if (!stored) return stored
    const now = this.#context.now()
    const loaded = this.#reported(sid, stored, now)
    return loaded && isLive(loaded.record.expires, now) ? loaded : null
  }

  /**
   * Returns the revision of whatever the bank holds under an id, session or not; null if there is nothing.
   *
   * @throws UnreadableRecordError if it has a form that this version does not know
   */
  async revisionToReplace({ sid, deadline }: OneRecord): Promise<Revision | null> {
    return knownRevision(await this.#records.read(sid, { deadline }))
  }

  /** As `revisionToReplace`, synchronously. Returns null as well if the bank cannot. */
  revisionToReplaceNow(sid: string): Revision | null {
    return knownRevision(this.#storedNow(sid) ?? null)
  }

  #storedNow(sid: string): StoredRecord | null | undefined {
    try {
      return this.#records.readNow?.(sid)
    } catch (error) {
      throw explainBankError(error)
    }
  }

  write(sid: string, text: string, options: WriteOptions): Promise<Revision | null> {
    return this.#records.write(sid, text, options)
  }

  touch(sid: string, expires: number | null, options: TouchOptions): Promise<boolean> {
    return this.#records.touch(sid, expires, options)
  }

  delete(sid: string, options: CallOptions): Promise<boolean> {
    return this.#records.delete(sid, options)
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
      for await (const [sid, stored] of explainedStream(this.#records.entries(IN_BACKGROUND))) {
        examined++
        const { record } = this.#loaded(sid, stored, this.#context.now()) ?? {}
        if (record?.exceedsMaxLifetime && !(await this.#limit(record))) this.#mayExceedLimit = true
      }
    } catch (error) {
      this.#mayExceedLimit = true
      throw error
    }
    return examined
  }

  #limit({ sid, expires, version }: SessionRecord): Promise<boolean> {
    const { revision } = version as Version
    return explained(this.touch(sid, expires, { ifRevision: revision, ...IN_BACKGROUND }))
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
    const wanted = [...checkedCriteria(criteria)]
    const { bank, settings } = this.#context
    const indices = bank.schema?.[settings.type]?.indices ?? []
    const [field, value] = wanted.find(([name]) => indices.includes(name)) ?? (wanted[0] as [string, JsonScalar])
    const meets = (found: unknown) => wanted.every(([name, scalar]) => valueAt(found, name) === scalar)
    return this.#sessions(this.#records.find(field, value), meets)
  }

  async *#sessions(
    records: AsyncIterable<[string, StoredRecord]>,
    meets?: (value: unknown) => boolean,
  ): AsyncGenerator<LoadedSession> {
    const asked = this.#context.now()
    for await (const [sid, record] of explainedStream(records)) {
      if (meets && !meets(valueIn(record))) continue
      const now = this.#context.now()
      const listed = this.#loaded(sid, record, now)
      if (listed?.record.exceedsMaxLifetime) this.#mayExceedLimit = true
      if (!listed || !isLive(listed.record.expires, asked)) continue
      if (isLive(listed.record.expires, now)) yield listed
      else yield* this.#renewed(sid, meets)
    }
  }

  /** A session that ended while its bank was being listed, if it has been given more time meanwhile. */
  async *#renewed(sid: string, meets?: (value: unknown) => boolean): AsyncGenerator<LoadedSession> {
    const loaded = await this.read({ sid })
    if (loaded && (!meets || meets(JSON.parse(loaded.record.text)))) yield loaded
  }

  /** Returns the session in a record that is asked for by its id; one that cannot be read is reported. */
  #reported(sid: string, stored: StoredRecord, now: number): LoadedSession | null {
    const loaded = this.#loaded(sid, stored, now, this.#report)
    if (loaded?.record.exceedsMaxLifetime) this.#mayExceedLimit = true
    return loaded
  }

  /** Returns the session in a record; null if it is none that this version can read. */
  #loaded(sid: string, stored: StoredRecord, now: number, report = UNHEARD): LoadedSession | null {
    try {
      const { settings, showCookie } = this.#context
      const loaded = loadedSession(sid, stored, { now, policy: settings, showCookie })
      if (!loaded) report(new UnreadableRecordError('damaged'))
      return loaded
    } catch (error) {
      report(error as Error)
      return null
    }
  }
}

const UNHEARD = (_error: Error) => {}
