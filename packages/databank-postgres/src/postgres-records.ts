import { randomUUID } from 'node:crypto'
import {
  type Call,
  type CallsOfATick,
  type Condition,
  type IndexQuery,
  type NewRecord,
  type Page,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import { type Answer, type Query, query, type Row } from './exchange.ts'
import type { Statement, Statements } from './statements.ts'
import { checkType, comparable, IDS, recordIn, tokenList } from './stored-form.ts'

/** Maximum calls per round trip: enough to save commits, few enough to keep several connections busy. */
const TOGETHER = 16
/** Maximum records that a stream holds at once. */
const PAGE = 200
/** Maximum ids that an indexed search holds at once. */
const ID_PAGE = 10_000
/** Maximum rows that one statement deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000

/** The position of an indexed search: first the records of these ids, then the ids from `from` on. */
interface Position {
  ids: string[]
  from: string | undefined
}

/** The records of one type, in one table. */
export class PostgresRecords extends RecordsBase {
  readonly #type: string
  readonly #statements: Statements
  readonly #reads: CallsOfATick<Query, Answer>
  readonly #writes: CallsOfATick<Query, Answer>
  /** For statements on many records, which must not delay other calls. */
  readonly #alone: CallsOfATick<Query, Answer>

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    checkType(type)
    this.#type = type
    this.#statements = connection.statements
    this.#reads = connection.callsOfATick(TOGETHER)
    this.#writes = connection.callsOfATick(TOGETHER)
    this.#alone = connection.callsOfATick(1)
  }

  protected override async _read(id: string, call: Call): Promise<StoredRecord | null> {
    const { rows } = await this.#reads.add(query(this.#statements.read, [this.#type, id]), call)
    return rows[0] ? recordIn(rows[0]) : null
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const { write, replace } = this.#statements
    const { ifRevision, extend, now } = condition
    const revision: Revision = randomUUID()
    const row = [record.json, revision, record.expires, tokenList(record.tokens, this.indices), now]
    const isDone =
      typeof ifRevision === 'string'
        ? await this.#change(replace, id, [...row, extend, comparable(ifRevision)], call)
        : await this.#change(write, id, [...row, ifRevision === undefined], call)
    return isDone ? revision : null
  }

  protected override _touch(id: string, { expires }: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { ifRevision, extend, now } = condition
    const revision = typeof ifRevision === 'string' ? comparable(ifRevision) : null
    return this.#change(this.#statements.touch, id, [expires, now, extend, revision], call)
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#change(this.#statements.delete, id, [], call)
  }

  /** Returns true if a row was changed. */
  async #change(statement: Statement, id: string, values: unknown[], call: Call): Promise<boolean> {
    const { rowCount } = await this.#writes.add(query(statement, [this.#type, id, ...values]), call, id)
    return rowCount === 1
  }

  protected override async _page(from: unknown, call: Call): Promise<Page> {
    const { rows } = await this.#many(this.#statements.page, [from ?? '', this.now(), PAGE], call)
    return { records: rows.map(entryIn), next: after(rows[PAGE - 1]) }
  }

  protected override async _candidates({ token }: IndexQuery, position: unknown, call: Call): Promise<Page> {
    const { ids, from } = (position as Position | undefined) ?? (await this.#idsWith(token, '', call))
    const { rows } = await this.#many(this.#statements.readMany, [ids.slice(0, PAGE), this.now()], call)
    const rest = ids.slice(PAGE)
    const next = rest.length > 0 ? { ids: rest, from } : from && (await this.#idsWith(token, from, call))
    return { records: rows.map(entryIn), next }
  }

  async #idsWith(token: string, from: string, call: Call): Promise<Position> {
    const { rows } = await this.#many(this.#statements.idsWithToken, [token, this.now(), from, ID_PAGE], call)
    call.progress()
    return { ids: rows.map(([id]) => String(id)), from: after(rows[ID_PAGE - 1]) }
  }

  protected override async _count(now: number, call: Call): Promise<number> {
    const { rows } = await this.#many(this.#statements.count, [now], call)
    return Number(rows[0]?.[0])
  }

  protected override async _clear(from: unknown, call: Call): Promise<unknown> {
    const { rows } = await this.#many(this.#statements.clearPage, [from ?? '', DELETE_PAGE], call)
    const [last, found] = rows[0] ?? []
    return Number(found) < DELETE_PAGE ? undefined : after([last ?? null])
  }

  protected override async _deleteExpired(limit: number, now: number, call: Call): Promise<number> {
    for (let deleted = 0; ; ) {
      const wanted = Math.min(limit - deleted, DELETE_PAGE)
      const { rowCount } = await this.#many(this.#statements.deleteExpired, [now, wanted], call)
      deleted += rowCount
      if (rowCount < wanted || deleted >= limit || this.calls.isClosing) return deleted
      call.progress()
    }
  }

  #many(statement: Statement, values: unknown[], call: Call): Promise<Answer> {
    return this.#alone.add(query(statement, [this.#type, ...values]), call)
  }
}

/**
 * Returns the next possible id in byte order after the id of the row, which is in its last column. Ids contain no NUL.
 */
function after(row: Row | undefined): string | undefined {
  return row && `${row.at(-1)}\u0001`
}

function entryIn(row: Row): [id: string, record: StoredRecord] {
  return [String(row.at(-1)), recordIn(row)]
}
