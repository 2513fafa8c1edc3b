import { backOff, performance, type Revision } from '@sessionbank/databank-kit'
import { AppChanges } from './app-changes.ts'
import type { SessionCookie } from './cookie.ts'
import type { Decisions } from './decisions.ts'
import { ConflictError } from './errors.ts'
import type { SessionName } from './events.ts'
import type { IsReservedKey } from './merge.ts'
import type { Change, NextRecord, Wanted } from './next-record.ts'
import type { Operation } from './operation.ts'
import type { Settings } from './options.ts'
import type { Preference } from './preference.ts'
import type { Reporter } from './reporter.ts'
import type { SessionRecord, Version } from './session-record.ts'
import type { SessionRecords } from './session-records.ts'
import type { SessionWrites } from './session-writes.ts'
import { type Snapshot, snapshot } from './snapshot.ts'
import { type SessionData, toSession } from './to-session.ts'

export interface WriterContext {
  settings: Settings
  isReserved: IsReservedKey | undefined
  preference: Preference
  nameOf(sid: string): SessionName
  reporter: Reporter
}

/** Decides what to do with a record that was just read; `data` are its parsed keys. */
type Decide = (stored: SessionRecord, data: Record<string, unknown>) => NextRecord | Promise<NextRecord>

/**
 * Number of conflicts after which a save gets priority. An update never gets it, because its callback may wait for
 * another store.
 */
const CONFLICTS_BEFORE_PRIORITY = 3

/** Writes sessions: {@link Decisions} decide, and a compare-and-swap loop writes. */
export class Writer {
  readonly #records: SessionRecords
  readonly #writes: SessionWrites
  readonly #decisions: Decisions
  readonly #context: WriterContext
  readonly #changes: AppChanges

  constructor(records: SessionRecords, writes: SessionWrites, decisions: Decisions, context: WriterContext) {
    this.#records = records
    this.#writes = writes
    this.#decisions = decisions
    this.#context = context
    this.#changes = new AppChanges(context.settings.timeout)
  }

  save(operation: Operation, mine: Snapshot): Promise<void> {
    const { sid, link } = operation
    if (link.isGone(sid)) return Promise.resolve(this.#drop(operation))
    const base = link.recordOf(sid)
    if (!base) return this.#create(operation, mine)
    return this.#change(operation, base, { data: mine.data, cookie: mine.cookie, renews: true })
  }

  touch(operation: Operation, cookie: SessionCookie): Promise<void> {
    const { sid, link } = operation
    if (link.isGone(sid)) return Promise.resolve()
    const base = link.recordOf(sid)
    const wanted = { data: null, cookie, renews: true }
    return base ? this.#change(operation, base, wanted) : this.#touchUnloaded(operation, wanted)
  }

  async #touchUnloaded(operation: Operation, wanted: Wanted): Promise<void> {
    const loaded = await this.#records.read(operation)
    if (loaded) await this.#change(operation, loaded.record, wanted)
  }

  /** Returns the session as it was written; null if there is none. */
  async update(operation: Operation, change: (session: SessionData) => unknown): Promise<SessionData | null> {
    let updated: SessionData | null = null
    const own = { ...operation }
    const decide: Decide = async (record, data) => {
      const session = toSession({ record, data }, this.#context.isReserved)
      const called = performance.now()
      updated = await this.#changes.call(change, session)
      // The time of the callback is not counted as the bank's.
      own.deadline += performance.now() - called
      return this.#decisions.next(record, this.#decisions.changeOf(record, { ...snapshot(updated), renews: false }))
    }
    return (await this.#swap(own, decide, Number.POSITIVE_INFINITY)) && updated
  }

  /** Writes a session that was not loaded. Replaces an existing record as a whole. */
  async #create(operation: Operation, mine: Snapshot): Promise<void> {
    const { sid, link, deadline } = operation
    let record = this.#decisions.newRecord(operation.id, mine)
    let target = this.#writes.targetNow(operation) ?? (await this.#writes.target(operation))
    for (let attempt = 0; ; attempt++) {
      const { id, version } = target
      if (id !== record.id) record = this.#decisions.newRecord(id, mine)
      record = { ...record, version }
      const ifRevision = version?.revision ?? null
      const began = performance.now()
      const revision = await this.#writes.write(record, { expires: record.expires, ifRevision, deadline })
      if (revision !== null) return link.tie(sid, { ...record, version: this.#writes.versionOf(record, revision) })
      if (attempt > 0) await this.#backOff(operation, attempt, (performance.now() - began) * 2)
      target = await this.#writes.target(operation)
    }
  }

  /** Writes the changes since the session was loaded or saved. Usually, no other request has changed it meanwhile. */
  #change(operation: Operation, base: SessionRecord, wanted: Wanted): Promise<void> {
    const change = this.#decisions.changeOf(base, wanted)
    if (base.version === null) return this.#changeMeanwhile(operation, change)
    const next = this.#decisions.next(base, change)
    if (next.action === 'nothing') return Promise.resolve()
    return this.#apply(operation, base, next).then((done) => {
      if (!isDone(done)) return this.#changeMeanwhile(operation, change)
      const { action, record } = next
      const version = action === 'write' ? this.#writes.versionOf(record, done as Revision) : record.version
      operation.link.tie(operation.sid, { ...record, version })
    })
  }

  /** Same as `#change`, for a session that another request may have changed or ended. */
  async #changeMeanwhile(operation: Operation, change: Change): Promise<void> {
    const { sid, link } = operation
    const next = await this.#swap(
      operation,
      (stored) => this.#decisions.next(stored, change),
      CONFLICTS_BEFORE_PRIORITY,
    )
    if (!next) return change.keys.length > 0 || change.cookie ? this.#drop(operation) : link.markGone(sid)
    if (next.action !== 'write') return
    // The link keeps what this request wrote, without merged keys, which this request must not delete at its next save.
    const own = this.#decisions.asWritten(change)
    if (own.action === 'write') link.tie(sid, { ...own.record, version: null })
    if (this.#context.settings.onConflict === 'merge' && change.keys.length > 0) {
      this.#context.reporter.emit('merged', { ...this.#context.nameOf(sid), keys: change.keys })
    }
  }

  /**
   * Reads, decides, and writes on the revision that was read; starts again if another writer came in between. Returns
   * the last decision; null if the session is gone.
   *
   * @param races the number of conflicts after which this operation gets priority
   * @throws ConflictError if other writers came first until the deadline
   */
  async #swap(operation: Operation, decide: Decide, races: number): Promise<NextRecord | null> {
    let release: (() => void) | undefined
    try {
      for (let attempt = 0; ; attempt++) {
        if (!release) await this.#context.preference.ofOthers(operation.id)
        const began = performance.now()
        const loaded = await this.#records.read(operation)
        if (!loaded) return null
        const took = performance.now() - began
        const next = await decide(loaded.record, loaded.data)
        if (next.action === 'nothing') return next
        if (isDone(await this.#apply(operation, loaded.record, next))) return next
        await this.#backOff(operation, release ? 0 : attempt, took * 2)
        if (attempt === races) release = this.#context.preference.take(operation.id)
      }
    } finally {
      release?.()
    }
  }

  /** Returns the revision after a write, and true after a touch; null or false if the record has changed. */
  #apply(
    { deadline }: Operation,
    stored: SessionRecord,
    { action, extend, record }: Exclude<NextRecord, { action: 'nothing' }>,
  ): Promise<Revision | boolean | null> {
    const { expires } = record
    const { revision: ifRevision } = stored.version as Version
    const options = { expires, ifRevision, extend, deadline }
    if (action === 'touch') return this.#writes.touch(record, expires, options)
    this.#decisions.assertStorable(record)
    return this.#writes.write(record, options)
  }

  /** Waits before the next attempt. Throws if a read and a write would not end before the deadline. */
  async #backOff({ deadline }: Operation, attempt: number, took: number): Promise<void> {
    await backOff(attempt)
    if (performance.now() + took < deadline) return
    const { timeout } = this.#context.settings
    throw new ConflictError(`the session kept being changed by others for ${timeout} ms and was not written: try again`)
  }

  #drop({ sid, link }: Operation): void {
    link.markGone(sid)
    this.#context.reporter.emit('dropped', this.#context.nameOf(sid))
  }
}

/** Returns whether the record was unchanged, so that it was written or touched. A revision may be an empty text. */
function isDone(answer: Revision | boolean | null): boolean {
  return answer !== null && answer !== false
}
