import { randomUUID } from 'node:crypto'
import type { Call } from './call.ts'
import type { Condition, NewRecord, Touch } from './driver-records.ts'
import type { Tokens } from './index-tokens.ts'
import type { Revision, StoredRecord } from './records.ts'
import { RecordsBase } from './records-base.ts'
import { isLive, laterExpiry } from './value-expiry.ts'

/** A record as it was read. A driver adds what its database compares, such as a version. */
export interface Seen {
  /** The record, expired or not. null: the value is not a record, and only an unconditional write replaces it. */
  record: StoredRecord | null
}

/** The record to write in place of the one that was read. */
export interface NextRecord extends StoredRecord {
  /** The tokens, as in {@link NewRecord}; absent: unchanged. */
  tokens?: Tokens | undefined
}

/**
 * `Records` for a database that can replace a value only if it is unchanged since it was read, by a version, a CAS or
 * an ETag. Such a version, unlike a revision, also changes with a touch, so after a failed swap the record is read
 * again.
 */
export abstract class SwapRecords<S extends Seen> extends RecordsBase {
  /** Returns the stored record, without a promise if the driver does not have to wait; null if there is none. */
  protected abstract _see(id: string, call: Call): Promise<S | null> | S | null

  /** Replaces the record that was read, atomically. Returns false if it has changed meanwhile. */
  protected abstract _swap(id: string, seen: S | null, next: NextRecord, call: Call): Promise<boolean>

  /** Writes unconditionally. Override it if the database can do so in one step, which saves a read. */
  protected async _put(id: string, next: NextRecord, call: Call): Promise<void> {
    while (!(await this._swap(id, await this._see(id, call), next, call))) call.assertInTime()
  }

  /** Returns a revision that no other write uses. */
  protected _newRevision(): Revision {
    return randomUUID()
  }

  protected override async _read(id: string, call: Call): Promise<StoredRecord | null> {
    return (await this._see(id, call))?.record ?? null
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const { ifRevision, extend, now } = condition
    const revision = this._newRevision()
    const { json, tokens } = record
    if (ifRevision === undefined) {
      await this._put(id, { json, expires: record.expires, revision, tokens }, call)
      return revision
    }
    // A new record is written without a read, because in most cases there is none.
    for (let seen = ifRevision === null ? null : await this._see(id, call); ; seen = await this._see(id, call)) {
      const live = liveIn(seen, now)
      if (seen?.record === null || ifRevision !== (live?.revision ?? null)) return null
      const expires = extend && live ? laterExpiry(record.expires, live.expires) : record.expires
      if (await this._swap(id, seen, { json, expires, revision, tokens }, call)) return revision
      call.assertInTime()
    }
  }

  protected override async _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend, now } = condition
    for (;;) {
      const seen = await this._see(id, call)
      const live = liveIn(seen, now)
      if (!live || (ifRevision !== undefined && ifRevision !== live.revision)) return false
      const expires = extend ? laterExpiry(touch.expires, live.expires) : touch.expires
      if (extend && expires === live.expires) return true
      const { json, revision } = live
      if (await this._swap(id, seen, { json, expires, revision, tokens: touch.tokens }, call)) return true
      call.assertInTime()
    }
  }
}

function liveIn(seen: Seen | null, now: number): StoredRecord | null {
  const record = seen?.record ?? null
  return record && isLive(record.expires, now) ? record : null
}
