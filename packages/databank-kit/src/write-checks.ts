import type { Condition, NewRecord, Touch } from './driver-records.ts'
import { InvalidIdError } from './errors.ts'
import { type IdRule, isStorable } from './ids.ts'
import { tokensOf } from './index-tokens.ts'
import { parsed, wellFormed } from './json-text.ts'
import type { TouchOptions, WriteOptions } from './records.ts'
import { checkedExpiry } from './value-expiry.ts'

interface WriteChecksOptions {
  ids: IdRule
  indices: readonly string[]
  now(): number
}

/** Checks what callers want to write, and prepares it for the driver. */
export class WriteChecks {
  readonly #ids: IdRule
  readonly #indices: readonly string[]
  readonly #now: () => number

  constructor({ ids, indices, now }: WriteChecksOptions) {
    this.#ids = ids
    this.#indices = indices
    this.#now = now
  }

  isStorable(id: unknown): id is string {
    return isStorable(id, this.#ids)
  }

  /** @throws InvalidIdError, InvalidValueError: nothing was written */
  record(id: string, json: string, { expires, tokens }: WriteOptions): NewRecord {
    const end = checkedExpiry(expires)
    if (!this.isStorable(id)) throw new InvalidIdError(`an id must be ${this.#ids.rule}`)
    const own = tokens ?? (this.#indices.length === 0 ? {} : tokensOf(parsed(json), this.#indices))
    return { json: wellFormed(json), expires: end, tokens: own }
  }

  /** Only a write on a revision can keep a later expiry. */
  condition({ ifRevision, extend = false }: WriteOptions): Condition {
    return { ifRevision, extend: extend && typeof ifRevision === 'string', now: this.#now() }
  }

  /** @throws InvalidValueError: nothing was written */
  touch(expires: number | null, { tokens }: TouchOptions): Touch {
    return { expires: checkedExpiry(expires), tokens }
  }

  conditionOfTouch({ ifRevision, extend = false }: TouchOptions): Condition {
    return { ifRevision, extend, now: this.#now() }
  }
}
