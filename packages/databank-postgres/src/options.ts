import type { ConnectionOptions } from 'node:tls'
import {
  assertOption,
  checkDriverOptions,
  checkedTimeout,
  checkedTls,
  type DriverOptions,
  type TlsOptions,
} from '@sessionbank/databank-kit'
import { tableNamed } from './table.ts'
import { splitUrl } from './tls-in-url.ts'

/** What the driver uses of a `pg.Pool`. */
export interface PgPool {
  /** Gives a client of the pool, and the function that gives it back. */
  connect(onConnect: (error: Error | undefined, client: PgClient | undefined, release: PgRelease) => void): void
  /** Listens for errors of idle clients. */
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** What the driver uses of a `pg.PoolClient`. */
export interface PgClient {
  /** Sends a statement. */
  query(submittable: never): unknown
  /** Listens for errors of the connection. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Stops listening for errors of the connection. */
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** What the driver uses of the package `pg`. */
export interface PgLibrary {
  /** The class of pools. */
  Pool: {
    /** Makes a pool, which the driver ends when it disconnects. */
    new (config: PgConfig & { max: number; connectionTimeoutMillis: number }): PgOwnPool
  }
  /** The class of clients: the driver asks it for host and port of a URL. */
  Client: {
    /** Makes a client, and does not connect it. */
    new (config: PgConfig): PgAddress
  }
}

/** A `pg.Pool` that the driver has made. */
interface PgOwnPool extends PgPool {
  /** Closes all connections. */
  end(): Promise<void>
}

/** Where a `pg.Client` connects to. */
interface PgAddress {
  /** The host, or the folder of a socket. */
  readonly host: string
  /** The port. */
  readonly port: number
}

interface PgConfig {
  connectionString?: string | undefined
  keepAlive?: boolean
  ssl?: ConnectionOptions | false
  sslnegotiation?: 'postgres' | 'direct'
}

/** Gives a client back; with an error the pool throws it away. */
export type PgRelease = (error?: Error | boolean) => void

/** The params of `Databank.get('postgres', params)`: `url` or `pool`, the rest is optional. */
export interface PostgresParams extends DriverOptions {
  /** `postgres://user:password@host:port/database`; `sslmode` and its like are the driver's, the rest behind a `?` is pg's. */
  url?: string
  /** Turns TLS on, with these certificates. Default: as the URL says. */
  tls?: TlsOptions
  /** A `pg.Pool` that the app has already. The bank never ends it. */
  pool?: PgPool
  /** The package `pg`, for a bundle, which cannot load it by its name: `import * as pg from 'pg'`. */
  library?: PgLibrary
  /** Name of the table, `table` or `schema.table`, exactly as written (PostgreSQL's quoted form). Default: `databank`. */
  table?: string
  /** Makes the table if there is none. Default: true. False: it must be there, see `tableDdl`. */
  createTable?: boolean
  /** How long a call waits for the database, in ms. Default: 5,000. */
  timeout?: number
  /** Most connections in the pool. Default: 10. Not with `pool`. */
  max?: number
  /**
   * Prepares each statement once per connection, under a name. Default: true. False behind PgBouncer in transaction mode
   * before 1.21, or with its `max_prepared_statements` at 0.
   */
  prepare?: boolean
}

/** Returns the params with their defaults. Throws InvalidOptionError if one of them cannot be used. */
export function checkedOptions(params: PostgresParams) {
  checkDriverOptions('postgres', params, {
    url: true,
    tls: true,
    pool: true,
    library: true,
    table: true,
    createTable: true,
    timeout: true,
    max: true,
    prepare: true,
  })
  const { url, pool, library, table = 'databank', createTable = true, prepare = true, max = 10 } = params
  const isOne = (url === undefined) !== (pool === undefined)
  assertOption('postgres', isOne, 'give either `url` (postgres://…) or `pool` (a pg.Pool)')
  if (url !== undefined) checkUrl(url)
  const isPg = library === undefined || typeof library?.Pool === 'function'
  assertOption('postgres', isPg, '`library` is the package pg: import * as pg from "pg"')
  const tls = checkedTls('postgres', params.tls)
  assertOption('postgres', pool === undefined || tls === undefined, 'with `pool`, set TLS up there')
  if (pool !== undefined) checkPool(pool)
  const isMaxOurs = pool === undefined || params.max === undefined
  assertOption('postgres', isMaxOurs, 'with `pool`, set `max` there: it is the size of a pool')
  assertOption('postgres', typeof createTable === 'boolean', '`createTable` is true or false')
  assertOption('postgres', typeof prepare === 'boolean', '`prepare` is true or false')
  assertOption('postgres', Number.isSafeInteger(max) && max >= 1, '`max` is a whole number of connections, at least 1')
  const timeout = checkedTimeout('postgres', params.timeout)
  const server = url === undefined ? undefined : splitUrl(url, tls)
  return { server, pool, library, table: tableNamed(table), createTable, timeout, max, prepare }
}

export type Options = ReturnType<typeof checkedOptions>

/** The message never quotes the URL: it may hold a password. */
function checkUrl(url: string): void {
  assertOption('postgres', /^postgres(ql)?:\/\//i.test(url), '`url` is postgres://user:password@host:port/database')
  // With a / ? or # in the password as it is, the host ends there, and would be a part of the password.
  const encoded = 'percent-encode user and password (@ %40, / %2F, ? %3F, # %23), and any other @'
  assertOption('postgres', !/^[^:]*:\/\/[^/?#]*[/?#].*@/s.test(url), `\`url\` has an @ behind its host: ${encoded}`)
}

function checkPool(pool: PgPool & { options?: object }): void {
  assertOption('postgres', typeof pool?.connect === 'function' && typeof pool.on === 'function', '`pool` is a pg.Pool')
  const mode = unsupportedMode(pool.options ?? {})
  assertOption('postgres', !mode, `\`pool\` is in ${mode} mode, which the driver does not work with`)
}

/** Returns the mode of a client or of a pool's options that the driver does not work with. */
export function unsupportedMode(of: object): string | undefined {
  return ['binary', 'native', 'pipeline'].find((mode) => (of as Record<string, unknown>)[mode])
}
