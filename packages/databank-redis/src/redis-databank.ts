import {
  checkDriverOptions,
  DatabankBase,
  DriverDatabank,
  type DriverOptions,
  InvalidOptionError,
  type OptionNames,
  type Records,
  unknownName,
} from '@sessionbank/databank-kit'
import { type Address, parseAddress } from './address.ts'
import type { WaitOptions } from './confirmed-writes.ts'
import { connectTo, takeOver } from './connect.ts'
import type { RedisConnection } from './connection.ts'
import { Dispatcher } from './dispatcher.ts'
import type { LibraryName } from './load-client.ts'
import { RedisRecords } from './redis-records.ts'
import { SecondaryIndex } from './secondary-index.ts'
import { typeInKey } from './type-in-key.ts'

const DEFAULT_URL = 'redis://127.0.0.1:6379'

/** Params of `Databank.get('redis', params)`. */
export interface RedisParams extends DriverOptions {
  /**
   * `redis://[user:password@]host:port[/db]`, `rediss://…`, `redis+cluster://host:port,host:port` or
   * `redis+sentinel://host:port,host:port/master`. Default: `redis://127.0.0.1:6379`.
   */
  url?: string
  /**
   * A client that the app has already, of `redis` or `ioredis`: one node, Sentinel or Cluster. The app closes it. Goes
   * before `url`.
   */
  client?: object
  /** The library to connect with. Default: `redis` if it is installed, else `ioredis`. */
  library?: LibraryName
  /** How long `connect` and each operation may take, in ms. Default: 5000. */
  timeout?: number
  /**
   * Lets a write be acknowledged only when so many replicas have it, so that a fail-over does not lose it. `timeout`: how
   * long they may take, in ms; default: 1000.
   */
  wait?: { replicas: number; timeout?: number }
}

const PARAMS: OptionNames<RedisParams> = {
  url: true,
  client: true,
  library: true,
  timeout: true,
  wait: true,
  schema: true,
  driver: true,
}

/**
 * Databank driver for Redis 7 and later: one node, Sentinel or Cluster, through `redis` or `ioredis`.
 *
 * @example
 * const bank = Databank.get('redis', { url: 'redis://127.0.0.1:6379' })
 */
export class RedisDatabank extends DriverDatabank {
  readonly #address: Address
  readonly #client: object | undefined
  readonly #library: LibraryName | undefined
  readonly #timeout: number
  readonly #wait: WaitOptions | undefined
  #open: { connection: RedisConnection; dispatcher: Dispatcher } | null = null

  /** Throws InvalidOptionError. */
  constructor(params: RedisParams = {}) {
    super(params)
    checkDriverOptions('redis', params, PARAMS)
    const { url = DEFAULT_URL, client, library, timeout = 5_000, wait } = params
    if (library !== undefined && library !== 'redis' && library !== 'ioredis') {
      throw new InvalidOptionError('`library` of a redis bank is "redis" or "ioredis"')
    }
    if (!isPositive(timeout)) throw new InvalidOptionError('`timeout` of a redis bank is a number of ms above 0')
    if (client === undefined && typeof url !== 'string')
      throw new InvalidOptionError('`url` of a redis bank is a string')
    if (client !== undefined && (typeof client !== 'object' || client === null)) {
      throw new InvalidOptionError('`client` of a redis bank is a client of the package redis or ioredis')
    }
    this.#client = client
    this.#address = parseAddress(client === undefined ? url : DEFAULT_URL)
    this.#library = library
    this.#timeout = timeout
    this.#wait = wait && checkWait(wait, timeout)
  }

  protected async _open(): Promise<void> {
    const connection = this.#client
      ? await takeOver(this.#client, this.#timeout)
      : await connectTo(this.#address, this.#timeout, this.#library)
    this.#open = { connection, dispatcher: new Dispatcher(connection, this.#timeout, this.#wait) }
  }

  protected async _close(): Promise<void> {
    const open = this.#open
    this.#open = null
    if (!open) return
    await open.dispatcher.idle()
    open.connection.close()
  }

  protected _records(type: string): Records {
    const name = typeInKey(type)
    const { dispatcher } = this.#open as { dispatcher: Dispatcher }
    const indices = this.indicesOf(type)
    return new RedisRecords(dispatcher, name, indices.length > 0 ? new SecondaryIndex(dispatcher, name, indices) : null)
  }
}

function checkWait(wait: { replicas: number; timeout?: number }, limit: number): WaitOptions {
  const unknown = unknownName(wait, ['replicas', 'timeout'])
  if (unknown !== null) throw new InvalidOptionError(`unknown name in \`wait\` of a redis bank ${unknown}`)
  const { replicas, timeout = 1_000 } = wait
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new InvalidOptionError('`wait.replicas` of a redis bank is a whole number above 0')
  }
  if (!isPositive(timeout) || timeout >= limit) {
    throw new InvalidOptionError('`wait.timeout` of a redis bank is a number of ms above 0 and below `timeout`')
  }
  return { replicas, timeout: Math.ceil(timeout) }
}

function isPositive(ms: unknown): boolean {
  return typeof ms === 'number' && ms > 0 && ms <= 2 ** 31 - 1
}

DatabankBase.register('redis', RedisDatabank)
