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

/** The part of the package `redis`, 5 or later, that the driver uses. */
export interface RedisLibrary {
  /** Creates a client of one node. */
  createClient(options: never): object
  /** Creates a client of a cluster. */
  createCluster(options: never): object
  /** Creates a client that finds the master through Sentinels. */
  createSentinel(options: never): object
}

/** The options of the driver `redis`. */
export interface RedisParams extends DriverOptions {
  /**
   * `redis://[user:password@]host:port[/db]`, `rediss://…`, `redis+cluster://host:port,host:port` or
   * `redis+sentinel://host:port,host:port/master`, or the same with `valkey`. Default: `redis://127.0.0.1:6379`.
   */
  url?: string
  /** The certificates for a `rediss://` URL, instead of files named in the URL. */
  tls?: TlsOptions
  /**
   * The app's own client, of `redis` or `ioredis`: one node, Sentinel or Cluster. Takes precedence over `url`. The app
   * closes it.
   */
  client?: object
  /** The package `redis`, if the app is bundled and cannot load it by name: `import * as redis from 'redis'`. */
  library?: RedisLibrary
  /** Timeout of `connect` and of each operation, in ms. Default: 5,000. */
  timeout?: number
  /**
   * Acknowledges a write only when enough replicas have it, so that a fail-over does not lose it. Default: when the
   * master has it.
   */
  wait?: {
    /** The number of replicas that must have the write. */
    replicas: number
    /** How long the replicas may take, in ms. Default: 1,000. */
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

/** The number of replicas that must have a write, and how long they may take in ms. */
export interface WaitOptions {
  replicas: number
  timeout: number
}

export type Options = ReturnType<typeof checkedOptions>

/** Checks the options of a bank. Throws InvalidOptionError. */
export function checkedOptions(params: RedisParams) {
  checkDriverOptions('redis', params, PARAMS)
  const { url = DEFAULT_URL, client, library, wait } = params
  if (client !== undefined && (typeof client !== 'object' || client === null)) {
    throw new InvalidOptionError('`client` of a redis bank must be a client of the package redis or ioredis')
  }
  if (library !== undefined && typeof library?.createClient !== 'function') {
    throw new InvalidOptionError(
      '`library` of a redis bank must be the package redis: import * as redis from "redis"; pass an ioredis client as `client`',
    )
  }
  if (typeof url !== 'string') throw new InvalidOptionError('`url` of a redis bank must be a string')
  const timeout = checkedTimeout('redis', params.timeout)
  const address = client ? null : parseAddress(url)
  const tls = checkedTls('redis', params.tls)
  if (tls && !address?.tls) {
    throw new InvalidOptionError(
      '`tls` of a redis bank requires a rediss:// url; if you pass `client`, set its own TLS options',
    )
  }
  if (tls && Object.keys(address?.files ?? {}).length > 0) {
    throw new InvalidOptionError('set the certificates in the url of a redis bank or as `tls`, not in both')
  }
  return { address, client, library, tls, timeout, wait: wait && checkedWait(wait, timeout) }
}

function checkedWait(wait: NonNullable<RedisParams['wait']>, limit: number): WaitOptions {
  const unknown = unknownName(wait, ['replicas', 'timeout'])
  if (unknown !== null) throw new InvalidOptionError(`unknown name in \`wait\` of a redis bank ${unknown}`)
  const { replicas, timeout = 1_000 } = wait
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new InvalidOptionError('`wait.replicas` of a redis bank must be a whole number above 0')
  }
  if (!(typeof timeout === 'number' && timeout > 0 && timeout < limit)) {
    throw new InvalidOptionError('`wait.timeout` of a redis bank must be a number of ms above 0 and below `timeout`')
  }
  return { replicas, timeout: Math.ceil(timeout) }
}
