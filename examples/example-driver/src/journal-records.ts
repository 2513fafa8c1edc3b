import { randomUUID } from 'node:crypto'
import {
  type Call,
  type Condition,
  type IdRule,
  type IndexQuery,
  type NewRecord,
  type Page,
  RecordsBase,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import type { JournalRecord } from './stored-form.ts'

const IDS: IdRule = { rule: 'up to 4,096 bytes of text without lone surrogates', maxBytes: 4_096 }

/** How many records are listed or removed before other calls can run. */
const PAGE = 250

/** The records of one type in a journal. */
export class JournalRecords extends RecordsBase {
  readonly #connection: Connection
  readonly #type: string

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#type = type
  }

  /** The base class checks whether the record has expired. */
  protected override async _read(id: string): Promise<StoredRecord | null> {
    const record = (await this.#table()).get(id)
    return record ? plain(record) : null
  }

  protected override async _write(id: string, { json, expires, tokens }: NewRecord, condition: Condition, call: Call) {
    const record = { json, expires, tokens, revision: randomUUID() }
    const isWritten = await this.#connection.change({ type: this.#type, id, does: 'write', record, ...condition }, call)
    return isWritten ? record.revision : null
  }

  /** The record keeps its tokens, so those of the touch are not needed. */
  protected override _touch(id: string, { expires }: Touch, condition: Condition, call: Call): Promise<boolean> {
    return this.#connection.change({ type: this.#type, id, does: 'touch', expires, ...condition }, call)
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#connection.change({ type: this.#type, id, does: 'delete', now: this.now() }, call)
  }

  /** `from` is the list of remaining ids, so that no cursor is open between pages. */
  protected override async _page(from: unknown): Promise<Page> {
    return this.#pageOf(from, () => true)
  }

  protected override async _candidates({ field, token }: IndexQuery, from: unknown): Promise<Page> {
    return this.#pageOf(from, ({ tokens }) => tokens[field] === token)
  }

  protected override async _count(now: number): Promise<number> {
    let count = 0
    for (const { expires } of (await this.#table()).values()) if (expires === null || expires > now) count++
    return count
  }

  /** Removes a page of records. Returns where to continue, which is just `true` here, or undefined at the end. */
  protected override async _clear(_from: unknown, call: Call): Promise<true | undefined> {
    const ids = [...(await this.#table()).keys()].slice(0, PAGE)
    const changes = ids.map((id) => ({ type: this.#type, id, does: 'delete', now: this.now() }) as const)
    await Promise.all(changes.map((change) => this.#connection.change(change, call)))
    return ids.length < PAGE ? undefined : true
  }

  /** Each change checks again whether its record has expired. A database would find expired records by an index. */
  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    const due: string[] = []
    for (const [id, { expires }] of await this.#table()) {
      if (expires !== null && expires <= now && due.length < limit) due.push(id)
    }
    const changes = due.map((id) => ({ type: this.#type, id, does: 'expire', now }) as const)
    const outcomes = await Promise.all(changes.map((change) => this.#connection.change(change, call)))
    return outcomes.filter(Boolean).length
  }

  async #pageOf(from: unknown, isWanted: (record: JournalRecord) => boolean): Promise<Page> {
    const table = await this.#table()
    const ids = (from as string[] | undefined) ?? [...table.keys()]
    const records = ids.slice(0, PAGE).flatMap((id): Page['records'] => {
      const record = table.get(id)
      return record && isWanted(record) ? [[id, plain(record)]] : []
    })
    return ids.length > PAGE ? { records, next: ids.slice(PAGE) } : { records }
  }

  #table() {
    return this.#connection.table(this.#type)
  }
}

function plain({ json, revision, expires }: JournalRecord): StoredRecord {
  return { json, revision, expires }
}
