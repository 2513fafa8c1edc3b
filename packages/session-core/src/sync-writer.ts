import type { SessionCookie } from './cookie.ts'
import type { Decisions } from './decisions.ts'
import type { Wanted } from './next-record.ts'
import type { Operation } from './operation.ts'
import type { SessionRecord } from './session-record.ts'
import type { SessionWrites } from './session-writes.ts'
import type { Snapshot } from './snapshot.ts'

/** An operation without a deadline, which a synchronous bank does not need. */
export type SyncOperation = Omit<Operation, 'deadline'>

/** The outcome of an operation that is done. One for all, as each request makes several. */
const DONE = Promise.resolve()

/**
 * Writes sessions to a synchronous bank, in the common cases. If a method returns null, it has written nothing and the
 * caller uses the `Writer`: the session has ended, or another request has changed it.
 */
export class SyncWriter {
  readonly #writes: SessionWrites
  readonly #decisions: Decisions

  constructor(writes: SessionWrites, decisions: Decisions) {
    this.#writes = writes
    this.#decisions = decisions
  }

  save(operation: SyncOperation, mine: Snapshot): Promise<void> | null {
    const { sid, link } = operation
    if (link.isGone(sid)) return null
    const base = link.recordOf(sid)
    const { data, cookie } = mine
    const isDone = base ? this.#change(operation, base, { data, cookie, renews: true }) : this.#create(operation, mine)
    return isDone ? DONE : null
  }

  touch(operation: SyncOperation, cookie: SessionCookie): Promise<void> | null {
    const base = operation.link.recordOf(operation.sid)
    return base && this.#change(operation, base, { data: null, cookie, renews: true }) ? DONE : null
  }

  /** Returns whether there was a session. */
  destroy({ sid, id }: SyncOperation): Promise<boolean> {
    return Promise.resolve(this.#writes.deleteNow({ sid, id }))
  }

  /** Returns false if another request was faster. So does `#change`. */
  #create({ sid, id, link }: SyncOperation, mine: Snapshot): boolean {
    const target = this.#writes.targetNow({ sid, id })
    if (!target) return false
    const record = this.#decisions.newRecord(target.id, mine)
    record.version = target.version
    const ifRevision = target.version?.revision ?? null
    const revision = this.#writes.writeNow(record, { expires: record.expires, ifRevision })
    if (revision === null) return false
    record.version = this.#writes.versionOf(record, revision)
    link.tie(sid, record)
    return true
  }

  #change({ sid, link }: SyncOperation, base: SessionRecord, wanted: Wanted): boolean {
    if (base.version === null) return false
    const next = this.#decisions.next(base, this.#decisions.changeOf(base, wanted))
    if (next.action === 'nothing') return true
    const { record, extend } = next
    const options = { expires: record.expires, ifRevision: base.version.revision, extend }
    if (next.action === 'touch') {
      if (!this.#writes.touchNow(record, record.expires, options)) return false
    } else {
      this.#decisions.assertStorable(record)
      const revision = this.#writes.writeNow(record, options)
      if (revision === null) return false
      record.version = this.#writes.versionOf(record, revision)
    }
    link.tie(sid, record)
    return true
  }
}
