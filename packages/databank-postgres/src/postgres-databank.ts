import { DriverDatabank, loadClient, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { connectError } from './failures.ts'
import { checkedParams, type PgPool, type PostgresParams } from './options.ts'
import { PostgresRecords } from './postgres-records.ts'
import { prepareTable } from './prepare-table.ts'
import { type Statements, statementsFor } from './stored-form.ts'

type Pg = typeof import('pg')

interface OwnPool extends PgPool {
  end(): Promise<void>
}

/**
 * A databank in one table of PostgreSQL.
 *
 * @throws InvalidOptionError from the constructor if a param cannot be used.
 * @example
 * const bank = Databank.get('postgres', { url: 'postgres://app:secret@localhost/app' })
 * bank.connect({}, (error) => { … })
 */
export class PostgresDatabank extends DriverDatabank {
  readonly #params: ReturnType<typeof checkedParams>
  readonly #statements: Statements
  #own: OwnPool | undefined
  #connection: Connection | undefined

  constructor(params: PostgresParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    this.#statements = statementsFor(this.#params.table)
  }

  protected override async _open(): Promise<void> {
    const { url, pool, table, createTable, timeout, max } = this.#params
    const pg = url === undefined ? undefined : loadClient<Pg>(['pg'], __filename).exports
    const options = { connectionString: url, max, connectionTimeoutMillis: timeout, keepAlive: true }
    this.#own = pg && new pg.Pool(options)
    const connection = new Connection((this.#own ?? pool) as PgPool, this.#params)
    const explained = (error: unknown) => {
      const server = pg && url !== undefined ? `PostgreSQL${addressOf(url, pg)}` : 'PostgreSQL through the given pool'
      return connectError(error, server, timeout)
    }
    try {
      await connection.calls.read((call) => {
        return prepareTable(connection, table, createTable, call).catch((error) => Promise.reject(explained(error)))
      })
    } catch (error) {
      connection.abort()
      await this.#own?.end()
      throw explained(error)
    }
    this.#connection = connection
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
    await this.#own?.end()
  }

  protected override _records(type: string): Records {
    return new PostgresRecords(type, this.indicesOf(type), this.#statements, this.#connection as Connection)
  }
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
