import { ExchangeError } from './failures.ts'
import type { Statement } from './statements.ts'

/** A statement with its values, as text. */
export interface Query {
  statement: Statement
  values: Row
}

export function query(statement: Statement, values: unknown[]): Query {
  return { statement, values: values.map(toText) }
}

/** A list in PostgreSQL's own notation: `{"a","b"}`. */
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

/** What an exchange uses of pg's `Connection`: what pg-cursor and pg-query-stream use too. */
interface Wire {
  stream: { cork?(): void; uncork?(): void }
  /**
   * Before pg 8.2: the buffer in which it puts messages together, and writes over what a stream has not sent yet. There,
   * messages are gathered in it (`more`) and go with one `flush`; later versions know no `more`, and a cork gathers them.
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
 * How often a connection runs a statement on one preparation. PostgreSQL keeps the plan that it made at first, even one
 * for a table that was almost empty then: reading all of it. Preparing anew now and then costs next to nothing.
 */
const USES = 200

/** The statements that each connection has prepared, by name, and the uses left. */
const prepared = new WeakMap<Wire, Map<string, number>>()

/**
 * Several queries in one round trip and one transaction: pg's own queries wait for each other's answers. All are sent
 * before a single Sync, which is where PostgreSQL commits, so that they are done all, or, if one is refused, none.
 *
 * It is a query object as `client.query` takes them (`Submittable`), and gets the rows as the server sends them: no type
 * parser that the app has set bends them.
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

  /** The tag ends in the number of rows: `UPDATE 1`. */
  handleCommandComplete({ text }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, rowCount: Number(text.slice(text.lastIndexOf(' ') + 1)) })
    this.#rows = []
  }

  /** After the commit: what came before may still be rolled back. */
  handleReadyForQuery(): void {
    const [answered, asked] = [this.#answers.length, this.#queries.length]
    const missing = `${answered} of ${asked} statements were answered; does this version of pg work here?`
    this.callback(answered === asked ? null : new ExchangeError(missing), this.#answers)
  }

  handleError(error: Error): void {
    this.callback(error, [])
  }
}

/** A failed exchange costs its connection, so that what was sent to be prepared can be taken for prepared. */
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
