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

/** The part of `pg.Pool` that the driver uses. */
export interface PgPool {
  /** Calls back with a client of the pool, and the function that releases it. */
  connect(onConnect: (error: Error | undefined, client: PgClient | undefined, release: PgRelease) => void): void
  /** Listens for errors of idle clients. */
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of `pg.PoolClient` that the driver uses. */
export interface PgClient {
  /** Sends a statement. */
  query(submittable: never): unknown
  /** Listens for errors of the connection. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Stops listening for errors of the connection. */
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of the package `pg` that the driver uses. */
export interface PgLibrary {
  /** The class of pools. */
  Pool: {
    /** Creates a pool, which the driver ends when it disconnects. */
    new (config: PgConfig & { max: number; connectionTimeoutMillis: number }): PgOwnPool
  }
  /** The class of clients, which the driver uses to get the host and port of a URL. */
  Client: {
    /** Creates a client without connecting it. */
    new (config: PgConfig): PgAddress
  }
}

/** A `pg.Pool` created by the driver. */
interface PgOwnPool extends PgPool {
  /** Closes all connections. */
  end(): Promise<void>
}

/** The address that a `pg.Client` connects to. */
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

/** Releases a client. If an error is passed, the pool closes it. */
export type PgRelease = (error?: Error | boolean) => void

/** The options of the driver `postgres`: either `url` or `pool`; the others are optional. */
export interface PostgresParams extends DriverOptions {
  /**
   * `postgres://user:password@host:port/database`. The driver reads the query parameters for TLS, such as `sslmode`; pg
   * reads the others.
   */
  url?: string
  /** Turns TLS on, with these certificates. Default: as set in the URL. */
  tls?: TlsOptions
  /** The app's own `pg.Pool`. The bank never ends it. */
  pool?: PgPool
  /** The package `pg`, if the app is bundled and cannot load it by name: `import * as pg from 'pg'`. */
  library?: PgLibrary
  /**
   * Name of the table, `table` or `schema.table`, exactly as written (PostgreSQL's quoted form). Default: `databank`.
   */
  table?: string
  /** Creates the table if it is missing. Default: true. If false, it must exist: see `tableDdl`. */
  createTable?: boolean
  /** Timeout of a call, in ms. Default: 5,000. */
  timeout?: number
  /** Maximum number of connections in the pool. Default: 10. Not with `pool`. */
  max?: number
  /**
   * Uses named prepared statements. Default: true. Set it to false behind PgBouncer in transaction mode if that is
   * older than 1.21 or its `max_prepared_statements` is 0.
   */
  prepare?: boolean
}

/** Returns the options with their defaults. Throws InvalidOptionError if one is invalid. */
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
  assertOption('postgres', isOne, 'set either `url` (postgres://…) or `pool` (a pg.Pool)')
  if (url !== undefined) checkUrl(url)
  const isPg = library === undefined || typeof library?.Pool === 'function'
  assertOption('postgres', isPg, '`library` must be the package pg: import * as pg from "pg"')
  const tls = checkedTls('postgres', params.tls)
  assertOption(
    'postgres',
    pool === undefined || tls === undefined,
    '`tls` cannot be combined with `pool`: set TLS in the options of the pool',
  )
  if (pool !== undefined) checkPool(pool)
  const isMaxOurs = pool === undefined || params.max === undefined
  assertOption('postgres', isMaxOurs, '`max` cannot be combined with `pool`: set it in the options of the pool')
  assertOption('postgres', typeof createTable === 'boolean', '`createTable` must be true or false')
  assertOption('postgres', typeof prepare === 'boolean', '`prepare` must be true or false')
  assertOption(
    'postgres',
    Number.isSafeInteger(max) && max >= 1,
    '`max` must be a whole number of connections, at least 1',
  )
  const timeout = checkedTimeout('postgres', params.timeout)
  const server = url === undefined ? undefined : splitUrl(url, tls)
  return { server, pool, library, table: tableNamed(table), createTable, timeout, max, prepare }
}

export type Options = ReturnType<typeof checkedOptions>

/** Throws InvalidOptionError for a wrong URL, which is never quoted, because it may hold a password. */
function checkUrl(url: string): void {
  assertOption(
    'postgres',
    /^postgres(ql)?:\/\//i.test(url),
    '`url` must be postgres://user:password@host:port/database',
  )
  // With an unencoded / ? or # in the password, a part of it would be read as the host.
  const encoded = 'percent-encode user and password (@ %40, / %2F, ? %3F, # %23), and any other @'
  assertOption('postgres', !/^[^:]*:\/\/[^/?#]*[/?#].*@/s.test(url), `\`url\` has an @ after its host: ${encoded}`)
}

function checkPool(pool: PgPool & { options?: object }): void {
  assertOption(
    'postgres',
    typeof pool?.connect === 'function' && typeof pool.on === 'function',
    '`pool` must be a pg.Pool',
  )
  const mode = unsupportedMode(pool.options ?? {})
  assertOption('postgres', !mode, `\`pool\` is in ${mode} mode, which the driver does not support: turn it off`)
}

/** Returns the unsupported mode of a client or of a pool's options, if any. */
export function unsupportedMode(of: object): string | undefined {
  return ['binary', 'native', 'pipeline'].find((mode) => (of as Record<string, unknown>)[mode])
}
