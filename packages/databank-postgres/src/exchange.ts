import { ExchangeError } from './failures.ts'
import type { Statement } from './statements.ts'

/** A statement with its values as text. */
export interface Query {
  statement: Statement
  values: Row
}

export function query(statement: Statement, values: unknown[]): Query {
  return { statement, values: values.map(toText) }
}

/** Converts a value to text; a list to PostgreSQL's notation, `{"a","b"}`. */
function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (!Array.isArray(value)) return String(value)
  return `{${value.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`
}

/** Columns as text, in the order of the SELECT. */
export type Row = (string | null)[]

export interface Answer {
  rows: Row[]
  rowCount: number
}

export type OnAnswers = (error: Error | null, answers: Answer[]) => void

/** The part of pg's `Connection` that an exchange uses. pg-cursor and pg-query-stream use the same methods. */
interface Wire {
  stream: { cork?(): void; uncork?(): void }
  /**
   * The message buffer of pg before 8.2, which reuses it before the stream has sent it. With `more`, messages are
   * collected in the buffer and sent by one `flush`. Later versions ignore `more`; a cork collects their messages.
   */
  writer?: object
  parse(statement: Statement, more: true): void
  close(statement: { type: 'S'; name: string }, more: true): void
  bind(portal: { statement: string; values: Row }, more: true): void
  execute(portal: object, more: true): void
  flush(): void
  sync(): void
}

/**
 * How often a prepared statement is used before it is prepared again. PostgreSQL keeps its first plan, which may be a
 * full scan if the table was almost empty then. The cost of preparing it again is negligible.
 */
const USES = 200

/** For each connection, the names of its prepared statements and their remaining uses. */
const prepared = new WeakMap<Wire, Map<string, number>>()

/**
 * Several queries in one round trip and one transaction, whereas pg's own queries wait for each other's answers. All
 * queries are sent before a single Sync, at which PostgreSQL commits. If it refuses one query, it does none of them.
 *
 * It is a query object for `client.query` (`Submittable`), and gets the rows as the server sends them, without the
 * app's type parsers.
 */
export class Exchange {
  callback: OnAnswers
  readonly #queries: readonly Query[]
  readonly #answers: Answer[] = []
  #rows: Row[] = []

  constructor(queries: readonly Query[], callback: OnAnswers) {
    this.#queries = queries
    this.callback = callback
  }

  submit(wire: Wire): null {
    if (!wire.writer) wire.stream.cork?.()
    let last: Statement | undefined
    for (const { statement, values } of this.#queries) {
      if (statement.name) prepare(wire, statement)
      else if (statement !== last) wire.parse(statement, true)
      wire.bind({ statement: statement.name, values }, true)
      wire.execute({}, true)
      last = statement
    }
    if (wire.writer) wire.flush()
    wire.sync()
    if (!wire.writer) wire.stream.uncork?.()
    return null
  }

  handleDataRow({ fields }: { fields: Row }): void {
    this.#rows.push(fields)
  }

  /** The tag ends with the number of rows: `UPDATE 1`. */
  handleCommandComplete({ text }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, rowCount: Number(text.slice(text.lastIndexOf(' ') + 1)) })
    this.#rows = []
  }

  /** Called after the commit. Earlier answers may still be rolled back. */
  handleReadyForQuery(): void {
    const [answered, asked] = [this.#answers.length, this.#queries.length]
    const missing = `${answered} of ${asked} statements were answered: check that the driver supports this version of pg`
    this.callback(answered === asked ? null : new ExchangeError(missing), this.#answers)
  }

  handleError(error: Error): void {
    this.callback(error, [])
  }
}

/** Prepares a statement. It counts as prepared once sent, because the connection is closed if the exchange fails. */
function prepare(wire: Wire, statement: Statement): void {
  const { name } = statement
  const uses = prepared.get(wire) ?? new Map<string, number>()
  prepared.set(wire, uses)
  const left = uses.get(name)
  uses.set(name, left ? left - 1 : USES - 1)
  if (left) return
  if (left === 0) wire.close({ type: 'S', name }, true)
  wire.parse(statement, true)
}
