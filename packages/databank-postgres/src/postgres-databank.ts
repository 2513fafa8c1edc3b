import { DriverDatabank, loadClient, type Records } from '@sessionbank/databank-kit'
import { Connections } from './connections.ts'
import { checkedParams, type PgPool, type PostgresParams } from './params.ts'
import { PostgresRecords } from './postgres-records.ts'
import { prepareTable } from './prepare-table.ts'
import { type Statements, statementsFor } from './statements.ts'
import { tableNamed } from './table.ts'

type Pg = typeof import('pg')

interface OwnPool extends PgPool {
  end(): Promise<void>
}

/**
 * A databank in one table of PostgreSQL.
 *
 * @throws InvalidOptionError from the constructor where a param cannot be used.
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
    const { url, pool, table, createTable, timeout, prepare } = this.#params
    const pg = url === undefined ? undefined : loadClient<Pg>(['pg'], __filename).exports
    this.#own = pg && url !== undefined ? poolTo(url, pg, this.#params) : undefined
    const address = pg && url !== undefined ? () => addressOf(url, pg) : undefined
    const connections = new Connections((this.#own ?? pool) as PgPool, { timeout, prepare })
    try {
      await prepareTable(connections, { table, createTable, address })
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

function poolTo(url: string, pg: Pg, { max, timeout }: { max: number; timeout: number }): OwnPool {
  return new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: timeout, keepAlive: true })
}

/** As pg reads the URL and the environment; no more of it, as what else stands there may be part of the password. */
function addressOf(url: string, pg: Pg): string {
  try {
    const { host, port } = new pg.Client({ connectionString: url })
    if (host.startsWith('/')) return ` at ${host}`
    return ` at ${host.includes(':') ? `[${host}]` : host}:${port}`
  } catch {
    return ''
  }
}
