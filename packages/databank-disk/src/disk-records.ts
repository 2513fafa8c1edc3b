import {
  type Call,
  type Condition,
  type IndexQuery,
  laterExpiry,
  type NewRecord,
  type Page,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Tokens,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Database, Key } from 'lmdb'
import type { Connection } from './connection.ts'
import { writeError } from './failures.ts'
import { IDS } from './ids.ts'
import { newRevision } from './revision.ts'
import { bodyIn, encode, encodeBody, expiresIn, jsonIn, revisionIn, type Token, tokensIn } from './stored-form.ts'
import type { ExpiryKey, IndexKey, Table } from './table.ts'

/** How many keys are read, or records deleted, before the event loop has its turn. */
const PAGE = 250

/** An entry of the expiry or of an index is its key alone. */
const NOTHING = Buffer.alloc(0)

/** What a change can be besides a new stored form. */
const REMOVE = Symbol('remove')
const KEEP = Symbol('keep')

/** The token of a record whose field holds no scalar; no token of the kit's looks like it. */
const NO_SCALAR = '-'

interface Range<K> {
  start?: K
  end?: K
}

/** A record as it was read for a change, expired or not. */
interface Seen {
  stored: string
  /** LMDB's own number for this state of the record. */
  version: number
}

/** The records of one type in an LMDB folder. */
export class DiskRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #table: Table

  constructor(connection: Connection, table: Table, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#table = table
    for (const field of this.indices) table.index(field)
  }

  protected override _readNow(id: string): StoredRecord | null {
    this.#connection.refresh()
    return this.#read(id)
  }

  protected override async _read(id: string): Promise<StoredRecord | null> {
    return this._readNow(id)
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const { ifRevision, extend } = condition
    const body = encodeBody(this.#tokenList(record.tokens), record.json)
    const revision: Revision = newRevision()
    const written = await this.#change(id, call, condition, (live) => {
      if (ifRevision !== undefined && ifRevision !== (live === null ? null : revisionIn(live))) return KEEP
      const end = extend && live !== null ? laterExpiry(record.expires, expiresIn(live)) : record.expires
      return encode(revision, end, body)
    })
    return written ? revision : null
  }

  protected override _touch(id: string, { expires }: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend } = condition
    return this.#change(id, call, condition, (live) => {
      if (live === null || (ifRevision !== undefined && ifRevision !== revisionIn(live))) return KEEP
      return encode(revisionIn(live), extend ? laterExpiry(expires, expiresIn(live)) : expires, bodyIn(live))
    })
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#change(id, call, { now: Date.now() }, (live) => (live === null ? KEEP : REMOVE))
  }

  protected override async _page(from: unknown): Promise<Page> {
    return this.#pageOf(this.#table.records, { start: from as string }, (id) => id)
  }

  /** By the index, if every record of the type is in it: those that a bank without this index wrote are not. */
  protected override async _candidates({ field, token }: IndexQuery, from: unknown): Promise<Page> {
    const { isIndexed, next } = (from ?? { isIndexed: this.#hasAllInIndex(field) }) as Position
    if (!isIndexed) return continued(await this._page(next), isIndexed)
    // The least text above all that begins with the token and the separator, which is a NUL.
    const value = withoutField(field, token)
    const range = { start: next ?? [value], end: [`${value}\u0001`] } as unknown as Range<IndexKey>
    return continued(
      this.#pageOf(this.#table.index(field), range, ([, id]) => id),
      isIndexed,
    )
  }

  protected override async _count(): Promise<number> {
    this.#connection.refresh()
    return this.#table.size() - this.#table.expiry.getKeysCount({ end: endOfDue() })
  }

  protected override async _clear(_from: unknown, call: Call): Promise<undefined> {
    for (;;) {
      call.assertInTime()
      this.#connection.refresh()
      call.sent = true
      if (await written(() => this.#table.clear())) return
    }
  }

  protected override async _deleteExpired(limit: number, _now: number, call: Call): Promise<number> {
    const { expiry } = this.#table
    const range: Range<ExpiryKey> = { end: endOfDue() }
    let deleted = 0
    while (deleted < limit && !call.isOver && !this.calls.isClosing) {
      const due = this.#keys(expiry, range, Math.min(PAGE, limit - deleted))
      if (due.length === 0) break
      call.sent = true
      const results = await Promise.all(due.map(([, id]) => this.#deleteIfDue(id)))
      deleted += results.filter(Boolean).length
      range.start = due.at(-1) as ExpiryKey
    }
    return deleted
  }

  /** One attempt: another writer that changed the record has taken it off the list of what is due, or put it there anew. */
  async #deleteIfDue(id: string): Promise<boolean> {
    const seen = this.#see(id)
    if (!seen || isLive(seen.stored, Date.now())) return false
    return this.#commit(id, seen, REMOVE)
  }

  #read(id: string): StoredRecord | null {
    const stored = this.#table.records.get(id)
    return stored === undefined
      ? null
      : { json: jsonIn(stored), revision: revisionIn(stored), expires: expiresIn(stored) }
  }

  #see(id: string): Seen | null {
    const entry = this.#table.records.getEntry(id)
    return entry ? { stored: entry.value, version: entry.version as number } : null
  }

  /**
   * Reads, decides and writes, until no other writer comes in between. `decide` gets the live record and returns what to
   * put in its place.
   *
   * @returns whether anything was done, once it is on disk
   */
  async #change(
    id: string,
    call: Call,
    { now }: Pick<Condition, 'now'>,
    decide: (live: string | null) => string | typeof REMOVE | typeof KEEP,
  ): Promise<boolean> {
    for (;;) {
      call.assertInTime()
      this.#connection.refresh()
      const seen = this.#see(id)
      const next = decide(seen && isLive(seen.stored, now) ? seen.stored : null)
      if (next === KEEP) return false
      call.sent = true
      if (await this.#commit(id, seen, next)) return true
    }
  }

  /** Writes the record, its expiry and its index entries in one transaction, unless the record is no longer as it was seen. */
  #commit(id: string, seen: Seen | null, next: string | typeof REMOVE): Promise<boolean> {
    return written(() => {
      const writes = this.#writes(id, seen ? seen.stored : null, next)
      const { records } = this.#table
      return seen ? records.ifVersion(id, seen.version, writes) : records.ifNoExists(id, writes)
    })
  }

  /** What to write. It must not fail half-way: LMDB would keep the first half. */
  #writes(id: string, before: string | null, next: string | typeof REMOVE): () => void {
    const { records, expiry } = this.#table
    const after = next === REMOVE ? null : next
    const [oldEnd, newEnd] = [expiryKeyOf(before), expiryKeyOf(after)]
    const [oldTokens, newTokens] = changedTokens(before, after)
    const removed = oldTokens.map(([field, token]) => ({ index: this.#table.index(field), token }))
    const added = newTokens.map(([field, token]) => ({ index: this.#table.index(field), token }))
    return () => {
      if (after === null) records.remove(id)
      else records.put(id, after, newVersion())
      if (oldEnd !== newEnd) {
        if (oldEnd !== null) expiry.remove([oldEnd, id])
        if (newEnd !== null) expiry.put([newEnd, id], NOTHING)
      }
      for (const { index, token } of removed) index.remove([token, id])
      for (const { index, token } of added) index.put([token, id], NOTHING)
    }
  }

  #tokenList(tokens: Tokens): Token[] {
    return this.indices.map((field) => {
      const token = tokens[field] ?? null
      return [field, token === null ? NO_SCALAR : withoutField(field, token)]
    })
  }

  #hasAllInIndex(field: string): boolean {
    this.#connection.refresh()
    return this.#table.isComplete(field)
  }

  /** Lists keys and reads their records: an open cursor would pin space in the file, and crash the process if LMDB were closed. */
  #pageOf<K extends Key>(database: Database<unknown, K>, range: Range<K>, idOf: (key: K) => string): Page {
    const keys = this.#keys(database, range, PAGE)
    const records = keys.map((key): Page['records'][number] => [idOf(key), this.#read(idOf(key))])
    return keys.length < PAGE ? { records } : { records, next: keys.at(-1) }
  }

  #keys<K extends Key>(database: Database<unknown, K>, range: Range<K>, limit: number): K[] {
    this.#connection.refresh()
    return [...database.getKeys({ ...range, exclusiveStart: range.start !== undefined, limit })]
  }
}

/** Each field has a database of its own, so the token need not name it; and a name may hold what LMDB does not take. */
function withoutField(field: string, token: string): string {
  return token.startsWith(`${field}=`) ? token.slice(field.length) : token
}

/** Where a search goes on. */
interface Position {
  isIndexed: boolean
  next?: unknown
}

function continued(page: Page, isIndexed: boolean): Page {
  return page.next === undefined ? page : { ...page, next: { isIndexed, next: page.next } satisfies Position }
}

/** Returns whether LMDB wrote, once it is on disk. */
async function written(write: () => Promise<boolean>): Promise<boolean> {
  try {
    return await write()
  } catch (error) {
    throw await writeError(error)
  }
}

/** The version of a state must not come again, not even after the record was removed and made anew. */
function newVersion(): number {
  return Math.random()
}

function isLive(stored: string, now: number): boolean {
  const expires = expiresIn(stored)
  return expires === null || expires > now
}

/** When a record is due, as it stands in the expiry: a whole ms, and 0 rather than -0, which LMDB would put elsewhere. */
function expiryKeyOf(stored: string | null): number | null {
  const expires = stored === null ? null : expiresIn(stored)
  return expires === null ? null : Math.ceil(expires) + 0
}

/** The end of the range of all that is due now. */
function endOfDue(): ExpiryKey {
  return [Date.now() + 1] as unknown as ExpiryKey
}

/** The index entries that a change takes away, and those that it brings. */
function changedTokens(before: string | null, after: string | null): [removed: Token[], added: Token[]] {
  const [old, now] = [tokensIn(before), tokensIn(after)]
  return [without(old, now), without(now, old)]
}

function without(tokens: Token[], others: Token[]): Token[] {
  return tokens.filter(([field, token]) => !others.some(([f, t]) => f === field && t === token))
}
