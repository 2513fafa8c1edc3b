import { DatabankBase, DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { openConnection } from './open.ts'
import { checkedOptions, type Options, type RedisParams } from './options.ts'
import { RedisRecords } from './redis-records.ts'

/**
 * Databank driver for Redis 7 and later: one node, Sentinel or Cluster.
 *
 * @throws InvalidOptionError
 * @example
 * const bank = Databank.get('redis', { url: 'redis://127.0.0.1:6379' })
 */
export class RedisDatabank extends DriverDatabank {
  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: RedisParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
  }

  protected async _open(): Promise<void> {
    const { target, timeout, wait } = this.#options
    this.#connection = new Connection(await openConnection(target, timeout), timeout, wait)
  }

  protected async _close(): Promise<void> {
    const connection = this.#connection
    await connection?.calls.close()
    connection?.redis.close()
  }

  protected _records(type: string): Records {
    return new RedisRecords(this.#connection as Connection, type, this.indicesOf(type))
  }
}

DatabankBase.register('redis', RedisDatabank)
