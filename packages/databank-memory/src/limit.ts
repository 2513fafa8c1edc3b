import { tooLarge } from './failures.ts'
import { type Entry, sizeOf } from './stored-form.ts'

/** The methods of a table that a limit calls to make room. */
interface LimitedTable {
  /** Removes the record that expired first. Returns false if none has expired. */
  removeFirstEnded(now: number): boolean
  remove(entry: Entry): void
}

/** Limits the records and bytes of a bank, and chooses which records are removed to stay within the limits. */
export class Limit {
  readonly #maxRecords: number
  readonly #maxBytes: number
  readonly #usages: Usage[] = []
  #records = 0
  #bytes = 0
  #uses = 0

  /** @param maxBytes counted by {@link sizeOf} */
  constructor(maxRecords: number, maxBytes: number) {
    this.#maxRecords = maxRecords
    this.#maxBytes = maxBytes
  }

  /** @param evicted called for each live record that is removed */
  usageOf(evicted: () => void): Usage {
    const usage = new Usage(this, evicted)
    this.#usages.push(usage)
    return usage
  }

  /** Returns the size of a record, or 0 if bytes are not limited. Throws OperationError if it exceeds the limit. */
  checkedSize(id: string, json: string): number {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return 0
    const bytes = sizeOf(id, json)
    if (bytes > this.#maxBytes) throw tooLarge(bytes, this.#maxBytes)
    return bytes
  }

  /** Returns the next number of a counter: a later use has a greater number. */
  nextUse(): number {
    return ++this.#uses
  }

  add(records: number, bytes: number): void {
    this.#records += records
    this.#bytes += bytes
  }

  /** Removes records until the rest is within the limits: first expired ones, then the least recently used. */
  makeRoom(now: number): void {
    while (this.#records > this.#maxRecords || this.#bytes > this.#maxBytes) {
      if (this.#usages.some((usage) => usage.removeFirstEnded(now))) continue
      this.#leastRecentlyUsed().evict()
    }
  }

  #leastRecentlyUsed(): Usage {
    return this.#usages.reduce((one, other) => (other.oldest < one.oldest ? other : one))
  }
}

/** The entries of one table in the order of their use: a linked list. */
export class Usage {
  readonly #limit: Limit
  readonly #evicted: () => void
  #table: LimitedTable | undefined
  #oldest: Entry | null = null
  #newest: Entry | null = null
  #records = 0
  #bytes = 0

  constructor(limit: Limit, evicted: () => void) {
    this.#limit = limit
    this.#evicted = evicted
  }

  attach(table: LimitedTable): void {
    this.#table = table
  }

  /** The number of the last use of the least recently used entry; infinity if there is no entry. */
  get oldest(): number {
    return this.#oldest?.usedAt ?? Number.POSITIVE_INFINITY
  }

  checkedSize(id: string, json: string): number {
    return this.#limit.checkedSize(id, json)
  }

  use(entry: Entry): void {
    if (entry !== this.#newest) {
      this.#unlink(entry)
      this.#append(entry)
    }
    entry.usedAt = this.#limit.nextUse()
  }

  /** Counts a written entry, marks it as used now, and makes room for it. */
  set(entry: Entry, bytes: number, now: number): void {
    this.#add(entry.usedAt === 0 ? 1 : 0, bytes - entry.bytes)
    entry.bytes = bytes
    this.use(entry)
    this.#limit.makeRoom(now)
  }

  remove(entry: Entry): void {
    this.#unlink(entry)
    this.#add(-1, -entry.bytes)
  }

  clear(): void {
    this.#add(-this.#records, -this.#bytes)
    this.#oldest = null
    this.#newest = null
  }

  removeFirstEnded(now: number): boolean {
    return this.#table?.removeFirstEnded(now) ?? false
  }

  /** Removes the least recently used entry. */
  evict(): void {
    if (this.#oldest === null) return
    this.#table?.remove(this.#oldest)
    this.#evicted()
  }

  #add(records: number, bytes: number): void {
    this.#records += records
    this.#bytes += bytes
    this.#limit.add(records, bytes)
  }

  #append(entry: Entry): void {
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    else this.#oldest = entry
    this.#newest = entry
  }

  #unlink(entry: Entry): void {
    if (entry.older) entry.older.newer = entry.newer
    else if (this.#oldest === entry) this.#oldest = entry.newer
    if (entry.newer) entry.newer.older = entry.older
    else if (this.#newest === entry) this.#newest = entry.older
    entry.older = null
    entry.newer = null
  }
}
