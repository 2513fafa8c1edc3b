import { ConnectError, DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connections } from './connections.ts'
import { checkedParams, type PgPool, type PostgresParams } from './params.ts'
import { PostgresRecords } from './postgres-records.ts'
import { prepareTable } from './prepare-table.ts'
import { type Statements, statementsFor } from './statements.ts'
import { tableNamed } from './table.ts'

interface OwnPool extends PgPool {
  end(): Promise<void>
}

/**
 * A databank in one table of PostgreSQL.
 *
 * @throws InvalidParamsError from the constructor where a param cannot be used.
 * @example
 * const bank = Databank.get('postgres', { url: 'postgres://app:secret@localhost/app' })
 * bank.connect({}, (error) => { … })
 */
export class PostgresDatabank extends DriverDatabank {
  readonly #params: ReturnType<typeof checkedParams>
  readonly #statements: Statements
  #own: OwnPool | undefined
  #connections: Connections | undefined

  constructor(params: PostgresParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    this.#statements = statementsFor(tableNamed(this.#params.table))
  }

  protected override async _open(): Promise<void> {
    const { url, pool, timeout, prepare } = this.#params
    this.#own = url === undefined ? undefined : poolTo(url, this.#params)
    const connections = new Connections((this.#own ?? pool) as PgPool, { timeout, prepare })
    try {
      await prepareTable(connections, this.#params)
    } catch (error) {
      await this.#own?.end()
      throw error
    }
    this.#connections = connections
  }

  protected override async _close(): Promise<void> {
    await this.#connections?.idle()
    await this.#own?.end()
  }

  protected override _records(type: string): Records {
    return new PostgresRecords(type, this.indicesOf(type), this.#statements, this.#connections as Connections)
  }
}

/** pg is loaded here and not at the top, so that an app that hands its pool in may use another copy of it. */
function poolTo(url: string, { max, timeout }: { max: number; timeout: number }): OwnPool {
  let pg: typeof import('pg')
  try {
    pg = require('pg')
  } catch (error) {
    throw new ConnectError('the postgres driver needs the package pg: npm install pg', error)
  }
  return new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: timeout, keepAlive: true })
}
