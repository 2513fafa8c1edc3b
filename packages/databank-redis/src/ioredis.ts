import type { Cluster, Redis } from 'ioredis'
import { type Outcomes, type OwnOptions, RedisClient, RedisNode, type Routes } from './redis-client.ts'

type AnyIoredis = Redis | Cluster

/** Returns true for a client of the package `ioredis`. */
export function isIoredis(client: object): client is AnyIoredis {
  return 'status' in client && 'call' in client && 'pipeline' in client
}

function isCluster(client: AnyIoredis): client is Cluster {
  return client.isCluster
}

export class IoredisClient extends RedisClient {
  readonly raw: AnyIoredis

  constructor(client: AnyIoredis) {
    const { keyPrefix = '' } = client.options
    // Only the cluster client adds its own keyPrefix. Its nodes also add a keyPrefix in `redisOptions`.
    const added = isCluster(client) && !client.options.redisOptions?.keyPrefix ? keyPrefix : ''
    super(isCluster(client) ? new ClusterRoutes(client, added) : new ClientNode(client), keyPrefix, added)
    this.raw = client
  }

  get isEnded(): boolean {
    return this.raw.status === 'end'
  }

  end(): void {
    this.raw.disconnect()
  }

  /** ioredis resends unless an option forbids it. A cluster client has a second such option. */
  copyIfResending(own: OwnOptions): RedisClient | null {
    const client = this.raw
    const node = isCluster(client) ? client.options.redisOptions : client.options
    const resends =
      node?.autoResendUnfulfilledCommands !== false || (isCluster(client) && client.options.retryDelayOnFailover !== 0)
    return resends ? new IoredisClient(duplicate(client, own)) : null
  }
}

/** Creates a client with the options of another, except those that make it queue or resend commands. */
function duplicate(client: AnyIoredis, own: OwnOptions): AnyIoredis {
  const { timeout } = own
  const retryStrategy = (times: number) => (own.isOpened ? Math.min(25 * 2 ** times, 1_000) : null)
  const node = {
    lazyConnect: true,
    connectTimeout: timeout,
    socketTimeout: timeout,
    disconnectTimeout: 200,
    enableAutoPipelining: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // The check calls INFO, which the user may not be allowed to run. It is not needed, because a server that is
    // loading refuses any command.
    enableReadyCheck: false,
  }
  if (isCluster(client)) {
    return client.duplicate([], {
      lazyConnect: true,
      clusterRetryStrategy: retryStrategy,
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: timeout,
      redisOptions: { ...(client.options.redisOptions as object), ...node },
    })
  }
  const { db, sentinels } = client.options
  return client.duplicate({
    ...node,
    retryStrategy,
    sentinelRetryStrategy: retryStrategy,
    enableOfflineQueue: false,
    // With Sentinel, ioredis needs INFO to notice that a master has become a replica.
    enableReadyCheck: Boolean(sentinels),
    db: client.condition?.select ?? db ?? 0,
  })
}

class ClientNode extends RedisNode {
  readonly #client: Redis

  constructor(client: Redis) {
    super()
    this.#client = client
  }

  get isReady(): boolean {
    connectIfIdle(this.#client)
    return this.#client.status === 'ready'
  }

  send([name, ...args]: readonly string[]): Promise<unknown> {
    return this.#client.call(name as string, ...args)
  }

  async sendTogether(commands: readonly (readonly string[])[]): Promise<Outcomes> {
    const replies = await this.#client.pipeline(commands.map((command) => ['call', ...command])).exec()
    const lost: [Error, unknown] = [new Error('the connection was closed'), null]
    return commands.map((_, n) => {
      const [reason, value] = replies?.[n] ?? lost
      return reason ? { status: 'rejected', reason } : { status: 'fulfilled', value }
    })
  }
}

class ClusterRoutes implements Routes {
  readonly #cluster: Cluster
  /** The prefix that the cluster client adds to a key, and its nodes do not. */
  readonly #addedByCluster: string
  readonly #nodes = new WeakMap<Redis, RedisNode>()
  /** The clients by `host:port`, cached because nodes() creates an array at each call. */
  #clients = new Map<string, Redis>()

  constructor(cluster: Cluster, addedByCluster: string) {
    this.#cluster = cluster
    this.#addedByCluster = addedByCluster
  }

  nodeOf(slot: number): RedisNode | null {
    const name = this.#cluster.slots[slot]?.[0]
    if (name === undefined) {
      connectIfIdle(this.#cluster)
      return null
    }
    if (this.#clients.get(name)?.status !== 'ready') {
      const masters = this.#cluster.nodes('master')
      this.#clients = new Map(masters.map((each) => [`${each.options.host}:${each.options.port}`, each]))
    }
    const client = this.#clients.get(name)
    if (!client) return null
    let node = this.#nodes.get(client)
    if (!node) {
      node = new ClientNode(client)
      this.#nodes.set(client, node)
    }
    return node
  }

  refresh(): Promise<unknown> {
    if (this.#cluster.status !== 'ready') return Promise.resolve()
    return new Promise<void>((resolve) => this.#cluster.refreshSlotsCache(() => resolve()))
  }

  follow(key: string, [name, ...args]: readonly string[]): Promise<unknown> {
    args[args.indexOf(key)] = key.slice(this.#addedByCluster.length)
    return this.#cluster.call(name as string, ...args)
  }
}

/** Connects a client that connects at its first use: nodes of a cluster, or the app's client. */
function connectIfIdle(client: AnyIoredis): void {
  if (client.status === 'wait') client.connect().catch(() => {})
}
