import type { IsReservedKey } from './merge.ts'
import { type Change, changeOf, type NextRecord, newRecord, nextRecord, type Wanted } from './next-record.ts'
import type { Settings } from './options.ts'
import type { Seal } from './seal.ts'
import type { SessionRecord } from './session-record.ts'
import type { Snapshot } from './snapshot.ts'
import { assertStorable } from './storable.ts'

export interface DecisionsContext {
  settings: Settings
  isReserved: IsReservedKey | undefined
  seal: Seal | null
  now(): number
}

/** Decides what becomes of records, with the options and the clock of a store. See {@link nextRecord}. */
export class Decisions {
  readonly #context: DecisionsContext

  constructor(context: DecisionsContext) {
    this.#context = context
  }

  /** @throws SessionTooLargeError if the record has more than `maxBytes` */
  newRecord(id: string, mine: Snapshot): SessionRecord {
    const record = newRecord(id, mine, { now: this.#context.now(), settings: this.#context.settings })
    this.assertStorable(record)
    return record
  }

  assertStorable({ text }: SessionRecord): void {
    assertStorable(text, this.#context.settings.maxBytes)
  }

  changeOf(base: SessionRecord, wanted: Wanted): Change {
    return changeOf(base, wanted, this.#context.isReserved)
  }

  next(stored: SessionRecord, change: Change): NextRecord {
    const { settings, seal } = this.#context
    return nextRecord(stored, change, { now: this.#context.now(), settings, seal })
  }

  /** Returns what this request wrote, without merged keys. Only its text and cookie are used, not its expiry. */
  asWritten(change: Change): NextRecord {
    const { settings, seal } = this.#context
    const withoutTtl = typeof settings.ttl === 'function' ? { ...settings, ttl: false as const } : settings
    return nextRecord(change.base, change, { now: this.#context.now(), settings: withoutTtl, seal })
  }
}
