import {
  type Condition,
  isLive,
  laterExpiry,
  type NewRecord,
  type Revision,
  type Touch,
} from '@sessionbank/databank-kit'
import { ExpiryOrder } from './expiry-order.ts'
import type { Usage } from './limit.ts'
import { Entry, newRevision } from './stored-form.ts'
import { TokenIndex } from './token-index.ts'

/** The records of one type. Its methods are synchronous, so each is atomic. */
export class Table {
  readonly #entries = new Map<string, Entry>()
  readonly #expiry = new ExpiryOrder()
  readonly #index: TokenIndex
  /** Null if the bank has no limit. */
  readonly #usage: Usage | null

  constructor(indices: readonly string[], usage: Usage | null) {
    this.#index = new TokenIndex(indices)
    this.#usage = usage
    usage?.attach({ removeFirstEnded: (now) => this.removeEnded(1, now) === 1, remove: (entry) => this.#remove(entry) })
  }

  /** Returns the entry of an id, expired or not. */
  read(id: string): Entry | null {
    const entry = this.#entries.get(id)
    if (!entry) return null
    this.#usage?.use(entry)
    return entry
  }

  /** Returns the new revision, or null if the condition does not hold. */
  write(id: string, record: NewRecord, { ifRevision, extend, now }: Condition): Revision | null {
    const found = this.#entries.get(id)
    const live = found && isLive(found.expires, now) ? found : null
    if (ifRevision !== undefined && ifRevision !== (live?.revision ?? null)) return null
    const bytes = this.#usage?.checkedSize(id, record.json) ?? 0
    const revision = newRevision()
    const entry = found ?? new Entry(id, record, revision)
    if (found) {
      entry.json = record.json
      entry.revision = revision
      entry.expires = extend && live ? laterExpiry(record.expires, live.expires) : record.expires
    } else {
      this.#entries.set(id, entry)
    }
    this.#expiry.set(entry)
    this.#index.set(entry, record.tokens)
    this.#usage?.set(entry, bytes, now)
    return revision
  }

  /** Sets the expiry of a live record. Returns false if there is none or the condition does not hold. */
  touch(id: string, touch: Touch, { ifRevision, extend, now }: Condition): boolean {
    const entry = this.#entries.get(id)
    if (!entry || !isLive(entry.expires, now)) return false
    if (ifRevision !== undefined && ifRevision !== entry.revision) return false
    const expires = extend ? laterExpiry(touch.expires, entry.expires) : touch.expires
    if (expires !== entry.expires) {
      entry.expires = expires
      this.#expiry.set(entry)
    }
    this.#usage?.use(entry)
    return true
  }

  /** Returns true if the deleted record was live. */
  delete(id: string, now: number): boolean {
    const entry = this.#entries.get(id)
    if (!entry) return false
    this.#remove(entry)
    return isLive(entry.expires, now)
  }

  /** Returns all entries, in an order that changes do not affect. */
  all(): Iterator<Entry> {
    return this.#entries.values()
  }

  /** Returns the entries with an index token. Some may have been removed since; check with {@link has}. */
  with(field: string, token: string): Iterator<Entry> {
    return this.#index.with(field, token)
  }

  has(entry: Entry): boolean {
    return this.#entries.get(entry.id) === entry
  }

  /** Returns how many records are live. */
  count(now: number): number {
    return this.#entries.size - this.#expiry.countEnded(now)
  }

  clear(): void {
    this.#entries.clear()
    this.#expiry.clear()
    this.#index.clear()
    this.#usage?.clear()
  }

  /** Removes at most `most` expired records. Returns their number. */
  removeEnded(most: number, now: number): number {
    let removed = 0
    for (; removed < most; removed++) {
      const entry = this.#expiry.firstEnded(now)
      if (!entry) break
      this.#remove(entry)
    }
    return removed
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.id)
    this.#expiry.remove(entry)
    this.#index.remove(entry)
    this.#usage?.remove(entry)
  }
}
