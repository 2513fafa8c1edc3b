import type { OwnOptions } from './node-redis.ts'
import { RedisConnection, type RedisNode, type Routes } from './redis-connection.ts'

interface Common {
  readonly status: string
  connect(): Promise<unknown>
  disconnect(): void
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
  call(name: string, ...args: string[]): Promise<unknown>
}

interface NodeOptions {
  keyPrefix?: string
  host?: string
  port?: number
  db?: number
  autoResendUnfulfilledCommands?: boolean
  sentinels?: unknown
}

/** The part of a client of the package `ioredis` (5.1 and later) that the driver uses. */
export interface IoredisClient extends Common {
  readonly isCluster?: false
  readonly options: NodeOptions
  /** Once it is connected: the database that it is in, after a `select` too. */
  readonly condition?: { select: number } | null
  duplicate(options: object): IoredisClient
  pipeline(commands: string[][]): { exec(): Promise<[Error | null, unknown][] | null> }
}

export interface IoredisCluster extends Common {
  readonly isCluster: true
  readonly options: { keyPrefix?: string; redisOptions?: NodeOptions; retryDelayOnFailover?: number }
  duplicate(startupNodes: [], options: object): IoredisCluster
  readonly slots: string[][]
  nodes(role: 'master'): IoredisClient[]
  refreshSlotsCache(callback: (error?: Error | null) => void): void
}

export type AnyIoredis = IoredisClient | IoredisCluster

/** Returns whether something handed in is a client of the package `ioredis`. */
export function isIoredis(client: object): client is AnyIoredis {
  return 'status' in client && 'call' in client && 'pipeline' in client
}

/**
 * Returns whether a client sends again by itself what had no answer when its connection broke. ioredis does so unless it is
 * told not to; a cluster does it on its own account, too.
 */
export function resends(client: AnyIoredis): boolean {
  if (!client.isCluster) return client.options.autoResendUnfulfilledCommands !== false
  const { redisOptions, retryDelayOnFailover } = client.options
  return redisOptions?.autoResendUnfulfilledCommands !== false || retryDelayOnFailover !== 0
}

/** Makes a client of our own with the options of another, but for those by which it would queue or resend. */
export function duplicateIoredis(client: AnyIoredis, { timeout, isOpened }: OwnOptions): AnyIoredis {
  const retryStrategy = (times: number) => (isOpened() ? Math.min(25 * 2 ** times, 1_000) : null)
  const node = {
    lazyConnect: true,
    connectTimeout: timeout,
    socketTimeout: timeout,
    disconnectTimeout: 200,
    enableAutoPipelining: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // It asks for INFO, which a user may not be allowed to; a server that is still loading says so to any command.
    enableReadyCheck: false,
  }
  if (client.isCluster) {
    return client.duplicate([], {
      lazyConnect: true,
      clusterRetryStrategy: retryStrategy,
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: timeout,
      redisOptions: { ...client.options.redisOptions, ...node },
    })
  }
  const db = client.condition?.select ?? client.options.db
  return client.duplicate({
    ...node,
    retryStrategy,
    sentinelRetryStrategy: retryStrategy,
    enableOfflineQueue: false,
    // Behind Sentinel, INFO is how ioredis finds out that a master has become a replica.
    enableReadyCheck: client.options.sentinels !== undefined && client.options.sentinels !== null,
    ...(db !== undefined && { db }),
  })
}

export function overIoredis(client: AnyIoredis, close: () => void): RedisConnection {
  const { keyPrefix = '' } = client.options
  if (!client.isCluster) return new RedisConnection(new ClientNode(client), { keyPrefix, isAutomatic: true }, close)
  // A prefix of the cluster is put before keys by the cluster's client alone, one of `redisOptions` by its nodes too.
  const isAutomatic = Boolean(client.options.redisOptions?.keyPrefix)
  return new RedisConnection(new ClusterRoutes(client, isAutomatic ? '' : keyPrefix), { keyPrefix, isAutomatic }, close)
}

class ClientNode implements RedisNode {
  readonly #client: IoredisClient

  constructor(client: IoredisClient) {
    this.#client = client
  }

  get isReady(): boolean {
    connectIfIdle(this.#client)
    return this.#client.status === 'ready'
  }

  send([name, ...args]: readonly string[]): Promise<unknown> {
    return this.#client.call(name as string, ...args)
  }

  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const answers = this.#client.pipeline(commands.map((command) => ['call', ...command])).exec()
    return commands.map(async (_, n) => {
      const [error, reply] = (await answers)?.[n] ?? [new Error('the connection was closed')]
      if (error) throw error
      return reply
    })
  }
}

class ClusterRoutes implements Routes {
  readonly #cluster: IoredisCluster
  /** What the cluster itself puts before a key and its nodes do not. */
  readonly #addedByCluster: string
  readonly #nodes = new WeakMap<IoredisClient, RedisNode>()
  /** The clients by `host:port`; nodes() makes an array at each call. */
  #clients = new Map<string, IoredisClient>()

  constructor(cluster: IoredisCluster, addedByCluster: string) {
    this.#cluster = cluster
    this.#addedByCluster = addedByCluster
  }

  nodeOf(slot: number): RedisNode | null {
    const name = this.#cluster.slots[slot]?.[0]
    if (name === undefined) {
      connectIfIdle(this.#cluster)
      return null
    }
    let client = this.#clients.get(name)
    if (client?.status !== 'ready') {
      const masters = this.#cluster.nodes('master')
      this.#clients = new Map(masters.map((each) => [`${each.options.host}:${each.options.port}`, each]))
      client = this.#clients.get(name)
    }
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

/** The nodes of a cluster connect when they are first used; a client may have been handed in before it connected. */
function connectIfIdle(client: AnyIoredis): void {
  if (client.status === 'wait') client.connect().catch(() => {})
}
