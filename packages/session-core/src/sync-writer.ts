import type { SessionCookie } from './cookie.ts'
import type { Decisions } from './decisions.ts'
import type { Wanted } from './next-record.ts'
import type { Operation } from './operation.ts'
import type { SessionRecord } from './session-record.ts'
import type { SessionWrites } from './session-writes.ts'
import type { Snapshot } from './snapshot.ts'

/** An operation without a deadline, which a synchronous bank does not need. */
export type SyncOperation = Omit<Operation, 'deadline'>

/**
 * Writes sessions to a synchronous bank, in the common cases. If a method returns false, it has written nothing and the
 * caller uses the `Writer`: the session has ended, or another request has changed it.
 */
export class SyncWriter {
  readonly #writes: SessionWrites
  readonly #decisions: Decisions

  constructor(writes: SessionWrites, decisions: Decisions) {
    this.#writes = writes
    this.#decisions = decisions
  }

  save(operation: SyncOperation, { data, cookie }: Snapshot): boolean {
    const { sid, link } = operation
    const base = link.recordOf(sid)
    if (base) return this.#change(operation, base, { data, cookie, renews: true })
    return !link.isGone(sid) && this.#create(operation, { data, cookie })
  }

  touch(operation: SyncOperation, cookie: SessionCookie): boolean {
    const base = operation.link.recordOf(operation.sid)
    return base !== null && this.#change(operation, base, { data: null, cookie, renews: true })
  }

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
