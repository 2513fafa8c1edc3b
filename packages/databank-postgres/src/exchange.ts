import type { Statement } from './statements.ts'

/** One statement with its values, as text. */
export interface Call {
  statement: Statement
  values: (string | null)[]
}

export interface Answer {
  /** Columns as text, in the order of the SELECT. */
  rows: (string | null)[][]
  rowCount: number
}

/** What an exchange uses of pg's `Connection`: what pg-cursor and pg-query-stream use too. */
interface Wire {
  stream: { cork?(): void; uncork?(): void }
  parse(statement: { name: string; text: string }): void
  bind(portal: { statement: string; values: (string | null)[] }): void
  execute(portal: object): void
  sync(): void
}

/** The names that each connection has prepared. */
const prepared = new WeakMap<Wire, Set<string>>()

/**
 * Several calls in one round trip and one transaction: pg's own queries wait for each other's answers. All are sent
 * before a single Sync, which is where PostgreSQL commits, so that they are done all, or, if one is refused, none.
 *
 * It is a query object as `client.query` takes them (`Submittable`).
 */
export class Exchange {
  readonly callback: (error: Error | null, answers: Answer[]) => void
  readonly #calls: readonly Call[]
  readonly #prepare: boolean
  readonly #answers: Answer[] = []
  #rows: (string | null)[][] = []

  constructor(
    calls: readonly Call[],
    { prepare }: { prepare: boolean },
    callback: (error: Error | null, answers: Answer[]) => void,
  ) {
    this.#calls = calls
    this.#prepare = prepare
    this.callback = callback
  }

  submit(wire: Wire): null {
    wire.stream.cork?.()
    try {
      let unnamed = ''
      for (const { statement, values } of this.#calls) {
        const name = this.#prepare ? statement.name : ''
        if (this.#prepare ? isNew(wire, name) : unnamed !== statement.text) wire.parse({ name, text: statement.text })
        unnamed = statement.text
        wire.bind({ statement: name, values })
        wire.execute({})
      }
      wire.sync()
    } finally {
      wire.stream.uncork?.()
    }
    return null
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.#rows.push(fields)
  }

  /** The tag ends in the number of rows: `UPDATE 1`. */
  handleCommandComplete({ text }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, rowCount: Number(text.slice(text.lastIndexOf(' ') + 1)) })
    this.#rows = []
  }

  /** After the commit: what came before may still be rolled back. */
  handleReadyForQuery(): void {
    this.callback(null, this.#answers)
  }

  handleError(error: Error): void {
    this.callback(error, [])
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

/** A failed exchange costs its connection, so that what was sent to be prepared can be taken for prepared. */
function isNew(wire: Wire, name: string): boolean {
  const names = prepared.get(wire) ?? new Set()
  prepared.set(wire, names)
  if (names.has(name)) return false
  names.add(name)
  return true
}
