import { checkDriverOptions, type DriverOptions, InvalidOptionError, type OptionNames } from '@sessionbank/databank-kit'

/** What the driver uses of a `pg.Pool`. */
export interface PgPool {
  connect(onConnect: (error: Error | undefined, client: PgClient | undefined, release: PgRelease) => void): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** What the driver uses of a `pg.PoolClient`. */
export interface PgClient {
  readonly pipeline?: boolean
  readonly binary?: boolean
  query(statement: never, onAnswer: (error: Error, answer: never) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** Gives a client back; with an error the pool throws it away. */
export type PgRelease = (error?: Error | boolean) => void

/** The params of `Databank.get('postgres', params)`: `url` or `pool`, the rest is optional. */
export interface PostgresParams extends DriverOptions {
  /** `postgres://user:password@host:port/database`; what follows a `?` (`sslmode`, …) goes to pg as it is. */
  url?: string
  /** A `pg.Pool` that the app has already. The bank never ends it. */
  pool?: PgPool
  /** Name of the table, `table` or `schema.table`, exactly as written (PostgreSQL's quoted form). Default: `databank`. */
  table?: string
  /** Makes the table where there is none. Default: true. False: it must be there, see `tableDdl`. */
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

export const DEFAULT_TABLE = 'databank'
export const DEFAULT_TIMEOUT = 5_000
const DEFAULT_MAX = 10
/** Timers hold no more than this; a longer delay would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

const PARAMS: OptionNames<PostgresParams> = {
  url: true,
  pool: true,
  table: true,
  createTable: true,
  timeout: true,
  max: true,
  prepare: true,
  schema: true,
  driver: true,
}

/** The params with their defaults, or an InvalidOptionError that says which one cannot be used. */
export function checkedParams(params: PostgresParams) {
  checkDriverOptions('postgres', params, PARAMS)
  const { url, pool, table = DEFAULT_TABLE, createTable = true, prepare = true } = params
  const { timeout = DEFAULT_TIMEOUT, max = DEFAULT_MAX } = params
  if ((url === undefined) === (pool === undefined)) {
    throw new InvalidOptionError('the postgres driver needs either `url` (postgres://…) or `pool` (a pg.Pool)')
  }
  if (url !== undefined) checkUrl(url)
  if (pool !== undefined) checkPool(pool)
  if (pool !== undefined && params.max !== undefined) {
    throw new InvalidOptionError('`max` is the size of the pool that the driver makes; with `pool`, set it there')
  }
  if (typeof createTable !== 'boolean') throw new InvalidOptionError('`createTable` is true or false')
  if (typeof prepare !== 'boolean') throw new InvalidOptionError('`prepare` is true or false')
  if (!isWhole(timeout) || timeout > LONGEST_TIMEOUT) {
    throw new InvalidOptionError('`timeout` is a whole number of ms, at least 1')
  }
  if (!isWhole(max)) throw new InvalidOptionError('`max` is a whole number of connections, at least 1')
  return { url, pool, table, createTable, timeout, max, prepare }
}

/** The message never quotes the URL: it may hold a password. */
function checkUrl(url: unknown): void {
  if (typeof url !== 'string' || !/^postgres(ql)?:\/\//i.test(url)) {
    throw new InvalidOptionError('`url` of the postgres driver is postgres://user:password@host:port/database')
  }
  // With a / ? or # in the password as it is, the host ends there, and would be a part of the password.
  if (/^[^:]*:\/\/[^/?#]*[/?#].*@/s.test(url)) {
    throw new InvalidOptionError(
      '`url` has an @ behind its host: percent-encode user and password (@ %40, / %2F, ? %3F, # %23), and any other @',
    )
  }
}

function checkPool(pool: unknown): void {
  const candidate = pool as {
    connect?: unknown
    on?: unknown
    options?: { binary?: unknown; pipeline?: unknown }
  } | null
  if (typeof candidate?.connect !== 'function' || typeof candidate.on !== 'function') {
    throw new InvalidOptionError('`pool` of the postgres driver is a pg.Pool')
  }
  const mode = oddMode(candidate.options ?? {})
  if (mode !== null) {
    throw new InvalidOptionError(`\`pool\` is in ${mode} mode, which the postgres driver does not work with`)
  }
}

/** The mode of a client or of a pool's options that the driver does not work with, or null. */
export function oddMode({ binary, pipeline }: { binary?: unknown; pipeline?: unknown }): string | null {
  if (binary) return 'binary'
  return pipeline ? 'pipeline' : null
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
