import {
  checkDriverOptions,
  checkedTimeout,
  checkedTls,
  type DriverOptions,
  InvalidOptionError,
  type OptionNames,
  type TlsOptions,
  unknownName,
} from '@sessionbank/databank-kit'
import { parseAddress } from './address.ts'

const DEFAULT_URL = 'redis://127.0.0.1:6379'

/** What the driver uses of the package `redis`, 5 or later. */
export interface RedisLibrary {
  /** Makes a client of one node. */
  createClient(options: never): object
  /** Makes a client of a cluster. */
  createCluster(options: never): object
  /** Makes a client that Sentinels lead to the master. */
  createSentinel(options: never): object
}

/** Params of `Databank.get('redis', params)`. */
export interface RedisParams extends DriverOptions {
  /**
   * `redis://[user:password@]host:port[/db]`, `rediss://…`, `redis+cluster://host:port,host:port` or
   * `redis+sentinel://host:port,host:port/master`; `valkey` stands for `redis`. Default: `redis://127.0.0.1:6379`.
   */
  url?: string
  /** The certificates for a `rediss://` URL, instead of files that the URL names. */
  tls?: TlsOptions
  /**
   * A client that the app has already, of `redis` or `ioredis`: one node, Sentinel or Cluster. The app closes it. Goes
   * before `url`.
   */
  client?: object
  /** The package `redis`, for a bundle, which cannot load it by its name: `import * as redis from 'redis'`. */
  library?: RedisLibrary
  /** How long `connect` and each operation may take, in ms. Default: 5000. */
  timeout?: number
  /**
   * Lets a write be acknowledged only when so many replicas have it, so that a fail-over does not lose it. Default: when the
   * master has it.
   */
  wait?: {
    /** How many replicas must have the write. */
    replicas: number
    /** How long they may take, in ms. Default: 1,000. */
    timeout?: number
  }
}

const PARAMS: OptionNames<RedisParams> = {
  url: true,
  tls: true,
  client: true,
  library: true,
  timeout: true,
  wait: true,
  schema: true,
  driver: true,
}

/** How many replicas must have a write before it counts, and how many ms they may take. */
export interface WaitOptions {
  replicas: number
  timeout: number
}

export type Options = ReturnType<typeof checkedOptions>

/** Checks the params of a bank. Throws InvalidOptionError. */
export function checkedOptions(params: RedisParams) {
  checkDriverOptions('redis', params, PARAMS)
  const { url = DEFAULT_URL, client, library, wait } = params
  if (client !== undefined && (typeof client !== 'object' || client === null)) {
    throw new InvalidOptionError('`client` of a redis bank is a client of the package redis or ioredis')
  }
  if (library !== undefined && typeof library?.createClient !== 'function') {
    throw new InvalidOptionError(
      '`library` of a redis bank is the package redis: import * as redis from "redis"; hand in a client of ioredis as `client`',
    )
  }
  if (typeof url !== 'string') throw new InvalidOptionError('`url` of a redis bank is a string')
  const timeout = checkedTimeout('redis', params.timeout)
  const address = client ? null : parseAddress(url)
  const tls = checkedTls('redis', params.tls)
  if (tls && !address?.tls) {
    throw new InvalidOptionError(
      '`tls` of a redis bank goes with a rediss:// url; set a client that you hand in up yourself',
    )
  }
  if (tls && Object.keys(address?.files ?? {}).length > 0) {
    throw new InvalidOptionError('give the certificates in the url of a redis bank or as `tls`, not in both')
  }
  return { address, client, library, tls, timeout, wait: wait && checkedWait(wait, timeout) }
}

function checkedWait(wait: NonNullable<RedisParams['wait']>, limit: number): WaitOptions {
  const unknown = unknownName(wait, ['replicas', 'timeout'])
  if (unknown !== null) throw new InvalidOptionError(`unknown name in \`wait\` of a redis bank ${unknown}`)
  const { replicas, timeout = 1_000 } = wait
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new InvalidOptionError('`wait.replicas` of a redis bank is a whole number above 0')
  }
  if (!(typeof timeout === 'number' && timeout > 0 && timeout < limit)) {
    throw new InvalidOptionError('`wait.timeout` of a redis bank is a number of ms above 0 and below `timeout`')
  }
  return { replicas, timeout: Math.ceil(timeout) }
}
