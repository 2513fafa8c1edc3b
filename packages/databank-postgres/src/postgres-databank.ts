import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { checkedOptions, type Options, type PostgresParams } from './options.ts'
import { PostgresRecords } from './postgres-records.ts'

/**
 * A databank in one table of PostgreSQL.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 * @example
 * ```ts
 * const bank = await PostgresDatabank.open({ url: 'postgres://app:secret@localhost/app' })
 * ```
 */
export class PostgresDatabank extends DriverDatabank {
  /** The name for `Databank.get` of the npm package `databank`. */
  static readonly driverName = 'postgres'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: PostgresParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
  }

  protected override async _open(): Promise<void> {
    this.#connection = await Connection.open(this.#options)
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    return new PostgresRecords(this.#connection as Connection, type, this.indicesOf(type))
  }
}
