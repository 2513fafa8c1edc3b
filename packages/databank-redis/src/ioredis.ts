import type { Address } from './address.ts'
import type { RedisConnection, RedisNode } from './connection.ts'
import { hashSlot } from './hash-slot.ts'
import type { OpenOptions } from './node-redis.ts'

type Terms = Omit<OpenOptions, 'address'>

/** The part of the package `ioredis` (5 and later) that the driver uses. */
export interface IoredisLibrary {
  Redis: new (options: object) => IoredisClient
  Cluster: new (nodes: object[], options: object) => IoredisCluster
}

interface Common {
  readonly status: string
  readonly isCluster?: boolean
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

const reconnect = (opened: () => boolean) => (times: number) => (opened() ? Math.min(25 * 2 ** times, 1_000) : null)

/** Of every connection of our own: nothing waits in a queue, and nothing is sent twice. */
function nodeOptions({ timeout }: Terms) {
  return {
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
}

function singleOptions(terms: Terms) {
  const retryStrategy = reconnect(terms.opened)
  return { ...nodeOptions(terms), retryStrategy, sentinelRetryStrategy: retryStrategy, enableOfflineQueue: false }
}

function clusterOptions({ timeout, opened }: Terms) {
  return {
    lazyConnect: true,
    clusterRetryStrategy: reconnect(opened),
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: timeout,
  }
}

/** A client of our own. Behind Sentinel, INFO is also how ioredis finds out that a master has become a replica. */
export function createIoredis(library: IoredisLibrary, { address, ...terms }: OpenOptions) {
  const { kind, hosts, tls, database } = address
  const access = { ...login(address), ...(tls && { tls: {} }) }
  if (kind === 'cluster') {
    const redisOptions = { ...nodeOptions(terms), ...access }
    return new library.Cluster(hosts, { ...clusterOptions(terms), redisOptions })
  }
  const own = { ...singleOptions(terms), ...access, db: database }
  if (kind === 'single') return new library.Redis({ ...own, ...hosts[0] })
  const sentinels = { sentinels: hosts, name: address.master, enableTLSForSentinelMode: tls }
  return new library.Redis({ ...own, ...sentinels, enableReadyCheck: true })
}

/**
 * Whether a client sends again by itself what had no answer when its connection broke. ioredis does so unless it is told
 * not to; a cluster does it on its own account, too.
 */
export function resends(client: IoredisClient | IoredisCluster): boolean {
  if (!client.isCluster) return client.options.autoResendUnfulfilledCommands !== false
  const { redisOptions, retryDelayOnFailover } = client.options
  return redisOptions?.autoResendUnfulfilledCommands !== false || retryDelayOnFailover !== 0
}

/** A client of our own with the options of another, but for those by which it would queue or resend. */
export function duplicateIoredis(client: IoredisClient | IoredisCluster, terms: Terms) {
  if (!client.isCluster) {
    const db = client.condition?.select ?? client.options.db
    const enableReadyCheck = client.options.sentinels !== undefined && client.options.sentinels !== null
    return client.duplicate({ ...singleOptions(terms), enableReadyCheck, ...(db !== undefined && { db }) })
  }
  const redisOptions = { ...client.options.redisOptions, ...nodeOptions(terms) }
  return client.duplicate([], { ...clusterOptions(terms), redisOptions })
}

function login({ username, password }: Address) {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

/** Whether something handed in is a client of the package `ioredis`. */
export function isIoredis(client: object): client is IoredisClient | IoredisCluster {
  return 'status' in client && 'call' in client && 'pipeline' in client
}

export function overIoredis(client: IoredisClient | IoredisCluster, close: () => void): RedisConnection {
  return client.isCluster ? new ClusterConnection(client, close) : new SingleConnection(client, close)
}

class ClientNode implements RedisNode {
  readonly #client: IoredisClient

  constructor(client: IoredisClient) {
    this.#client = client
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

  /** A client of ours finds out by its socketTimeout; one of the app is the app's. */
  notAnswering(): void {}
}

class SingleConnection implements RedisConnection {
  readonly keyPrefix: string
  readonly close: () => void
  readonly #client: IoredisClient
  readonly #node: RedisNode

  constructor(client: IoredisClient, close: () => void) {
    this.keyPrefix = client.options.keyPrefix ?? ''
    this.close = close
    this.#client = client
    this.#node = new ClientNode(client)
  }

  /** ioredis puts the prefix before the keys of a command by itself. */
  inCommand(key: string): string {
    return key
  }

  nodeFor(): RedisNode | null {
    if (this.#client.status === 'ready') return this.#node
    connectIfIdle(this.#client)
    return null
  }

  masters(): RedisNode[] | null {
    const node = this.nodeFor()
    return node && [node]
  }

  async refresh(): Promise<void> {}

  follow(_key: string, command: readonly string[]): Promise<unknown> {
    return this.#node.send(command)
  }
}

class ClusterConnection implements RedisConnection {
  readonly keyPrefix: string
  readonly close: () => void
  readonly #cluster: IoredisCluster
  readonly #nodes = new WeakMap<IoredisClient, RedisNode>()
  /** The clients by `host:port`; nodes() makes an array at each call. */
  #clients = new Map<string, IoredisClient>()

  constructor(cluster: IoredisCluster, close: () => void) {
    this.keyPrefix = cluster.options.keyPrefix ?? ''
    this.close = close
    this.#cluster = cluster
  }

  /** A prefix of the cluster is put before keys by the cluster's client alone, one of `redisOptions` by its nodes too. */
  inCommand(key: string): string {
    return this.#cluster.options.redisOptions?.keyPrefix ? key : this.keyPrefix + key
  }

  nodeFor(key: string): RedisNode | null {
    const name = this.#cluster.slots[hashSlot(this.keyPrefix + key)]?.[0]
    if (name !== undefined) return this.#nodeOf(name)
    connectIfIdle(this.#cluster)
    return null
  }

  masters(): RedisNode[] | null {
    const { slots } = this.#cluster
    const names = new Set<string>()
    for (let slot = 0; slot < 16_384; slot++) {
      const name = slots[slot]?.[0]
      if (name === undefined) return null
      names.add(name)
    }
    const nodes = [...names].map((name) => this.#nodeOf(name))
    return nodes.every((node) => node !== null) ? nodes : null
  }

  #nodeOf(name: string): RedisNode | null {
    let client = this.#clients.get(name)
    if (client?.status !== 'ready') {
      this.#clients = new Map(this.#cluster.nodes('master').map((each) => [nodeName(each), each]))
      client = this.#clients.get(name)
    }
    if (!client) return null
    if (client.status !== 'ready') {
      connectIfIdle(client)
      return null
    }
    let node = this.#nodes.get(client)
    if (!node) {
      node = new ClientNode(client)
      this.#nodes.set(client, node)
    }
    return node
  }

  refresh(): Promise<void> {
    if (this.#cluster.status !== 'ready') return Promise.resolve()
    return new Promise((resolve) => this.#cluster.refreshSlotsCache(() => resolve()))
  }

  follow(key: string, [name, ...args]: readonly string[]): Promise<unknown> {
    args[args.indexOf(this.inCommand(key))] = key
    return this.#cluster.call(name as string, ...args)
  }
}

function nodeName({ options }: IoredisClient): string {
  return `${options.host}:${options.port}`
}

/** The nodes of a cluster connect when they are first used; a client may have been handed in before it connected. */
function connectIfIdle(client: IoredisClient | IoredisCluster): void {
  if (client.status === 'wait') client.connect().catch(() => {})
}
