import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { checkedOptions, type Options, type RedisParams } from './options.ts'
import { RedisRecords } from './redis-records.ts'

/**
 * Databank driver for Redis 7 and later: one node, Sentinel or Cluster.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 * @example
 * ```ts
 * const bank = await RedisDatabank.open({ url: 'redis://localhost:6379' })
 * ```
 */
export class RedisDatabank extends DriverDatabank {
  /** The name for `Databank.get` of the npm package `databank`. */
  static readonly driverName = 'redis'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: RedisParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
  }

  protected override async _open(): Promise<void> {
    this.#connection = await Connection.open(this.#options)
  }

  protected override async _ping(): Promise<void> {
    await this.#connection?.ping()
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    return new RedisRecords(this.#connection as Connection, type, this.indicesOf(type))
  }
}

RedisDatabank.register()
