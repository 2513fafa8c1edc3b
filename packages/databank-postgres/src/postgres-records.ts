import { randomUUID } from 'node:crypto'
import {
  checkedExpiry,
  holds,
  InvalidIdError,
  InvalidOptionError,
  InvalidValueError,
  indexToken,
  indexTokens,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  type WriteOptions,
  wellFormed,
} from '@sessionbank/databank-kit'
import type { Connections } from './connections.ts'
import type { Answer } from './exchange.ts'
import type { Statements } from './statements.ts'
import { isStorableText } from './storable-text.ts'

/** The primary key holds type and id, and PostgreSQL refuses index rows over 2,704 bytes. */
const LONGEST_TYPE = 500
const LONGEST_ID = 2_000

/** Records that a stream holds at once. */
const PAGE = 200
/** Ids that an indexed search holds at once. */
const ID_PAGE = 10_000
/** Rows that one statement deletes: few enough for any timeout. */
const DELETE_PAGE = 5_000

type Entry = [id: string, record: StoredRecord]

/** The records of one type, in one table, with one statement a call. */
export class PostgresRecords implements Records {
  readonly #type: string
  readonly #indices: readonly string[]
  readonly #statements: Statements
  readonly #connections: Connections

  constructor(type: string, indices: readonly string[], statements: Statements, connections: Connections) {
    if (!isStorableText(type) || Buffer.byteLength(type) > LONGEST_TYPE) {
      throw new InvalidOptionError(`a type is up to ${LONGEST_TYPE} bytes of text without NUL or lone surrogates`)
    }
    this.#type = type
    this.#indices = indices
    this.#statements = statements
    this.#connections = connections
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (!isStorableId(id)) return null
    const { rows } = await this.#connections.read(this.#statements.read, [this.#type, id, Date.now()])
    return rows[0] ? recordIn(rows[0]) : null
  }

  async write(id: string, text: string, { expires, ...condition }: WriteOptions): Promise<Revision | null> {
    if (!isStorableId(id)) {
      throw new InvalidIdError(
        `an id in PostgreSQL is up to ${LONGEST_ID} bytes of text without NUL or lone surrogates`,
      )
    }
    const json = wellFormed(text)
    const revision = randomUUID()
    const row = [this.#type, id, json, revision, checkedExpiry(expires), this.#tokensOf(json)]
    const { rowCount } = await this.#writeRow(row, condition)
    return rowCount === 1 ? revision : null
  }

  #writeRow(row: unknown[], { ifRevision, extend }: Omit<WriteOptions, 'expires'>): Promise<Answer> {
    const { write, create, replace, replaceAndExtend } = this.#statements
    if (ifRevision === undefined) return this.#connections.write(write, row)
    if (ifRevision === null) return this.#connections.write(create, [...row, Date.now()])
    const statement = extend ? replaceAndExtend : replace
    return this.#connections.write(statement, [...row, Date.now(), comparable(ifRevision)])
  }

  async touch(id: string, time: number | null, { ifRevision, extend }: TouchOptions = {}): Promise<boolean> {
    const expires = checkedExpiry(time)
    if (!isStorableId(id)) return false
    const values = [this.#type, id, expires, Date.now()]
    const { rowCount } =
      ifRevision === undefined
        ? await this.#connections.write(this.#statements[extend ? 'extend' : 'touch'], values)
        : await this.#connections.write(this.#statements[extend ? 'extendRevision' : 'touchRevision'], [
            ...values,
            comparable(ifRevision),
          ])
    return rowCount === 1
  }

  async delete(id: string): Promise<boolean> {
    if (!isStorableId(id)) return false
    const { rowCount } = await this.#connections.write(this.#statements.delete, [this.#type, id])
    return rowCount === 1
  }

  async *entries(): AsyncIterable<Entry> {
    for (let from = ''; ; ) {
      const { rows } = await this.#connections.readMany(this.#statements.page, [this.#type, from, Date.now(), PAGE])
      for (const row of rows) yield entryIn(row)
      const last = rows[PAGE - 1]
      if (!last) return
      from = after(String(last[0]))
    }
  }

  async *find(field: string, value: JsonScalar): AsyncIterable<Entry> {
    const candidates = this.#indices.includes(field) ? this.#withToken(indexToken(field, value)) : this.entries()
    for await (const entry of candidates) if (holds(entry[1], field, value)) yield entry
  }

  async *#withToken(token: string): AsyncIterable<Entry> {
    const { idsWithToken, readMany } = this.#statements
    for (let from = ''; ; ) {
      const hits = await this.#connections.readMany(idsWithToken, [this.#type, token, Date.now(), from, ID_PAGE])
      const ids = hits.rows.map(([id]) => String(id))
      for (let start = 0; start < ids.length; start += PAGE) {
        const page = ids.slice(start, start + PAGE)
        const { rows } = await this.#connections.readMany(readMany, [this.#type, page, Date.now()])
        for (const row of rows) yield entryIn(row)
      }
      const last = ids[ID_PAGE - 1]
      if (last === undefined) return
      from = after(last)
    }
  }

  async count(): Promise<number> {
    const { rows } = await this.#connections.readMany(this.#statements.count, [this.#type, Date.now()])
    return Number(rows[0]?.[0])
  }

  async clear(): Promise<void> {
    for (let from = ''; ; ) {
      const { rows } = await this.#connections.writeMany(this.#statements.clearPage, [this.#type, from, DELETE_PAGE])
      const [last, found] = rows[0] ?? []
      if (Number(found) < DELETE_PAGE) return
      from = after(String(last))
    }
  }

  async deleteExpired(limit: number): Promise<number> {
    const now = Date.now()
    for (let deleted = 0; ; ) {
      const wanted = Math.min(Math.floor(limit) - deleted, DELETE_PAGE)
      if (!(wanted > 0)) return deleted
      const { rowCount } = await this.#connections.writeMany(this.#statements.deleteExpired, [this.#type, now, wanted])
      deleted += rowCount
      if (rowCount < wanted) return deleted
    }
  }

  /** null where there are none: such a row costs the index on tokens nothing. */
  #tokensOf(json: string): string[] | null {
    if (this.#indices.length === 0) return null
    const tokens = indexTokens(parse(json), this.#indices)
    return tokens.length > 0 ? tokens : null
  }
}

function isStorableId(id: string): boolean {
  return isStorableText(id) && Buffer.byteLength(id) <= LONGEST_ID
}

/** A revision that PostgreSQL could not even read is none of ours, and matches none. */
function comparable(revision: Revision): string {
  return isStorableText(revision) ? revision : ''
}

/** The next text in byte order: NUL cannot be in an id, so nothing lies between. */
function after(id: string): string {
  return `${id}\u0001`
}

function recordIn([json, revision, expires]: (string | null | undefined)[]): StoredRecord {
  return {
    json: json as string,
    revision: revision as string,
    expires: expires === null || expires === undefined ? null : Number(expires),
  }
}

function entryIn([id, ...record]: (string | null)[]): Entry {
  return [id as string, recordIn(record)]
}

/** Without a cause: the parser's own message quotes the text. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidValueError('a record is not JSON text, so its fields cannot be looked at')
  }
}
