import type { Address } from './address.ts'
import type { RedisConnection, RedisNode } from './connection.ts'
import { hashSlot } from './hash-slot.ts'
import type { OpenOptions } from './node-redis.ts'

/** The part of the package `ioredis` (5 and later) that the driver uses. */
export interface IoredisLibrary {
  Redis: new (options: object) => IoredisClient
  Cluster: new (nodes: object[], options: object) => IoredisCluster
}

interface Common {
  readonly status: string
  connect(): Promise<unknown>
  disconnect(): void
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
  call(name: string, ...args: string[]): Promise<unknown>
}

export interface IoredisClient extends Common {
  readonly options: { keyPrefix?: string; host?: string; port?: number; autoResendUnfulfilledCommands?: boolean }
  pipeline(commands: string[][]): { exec(): Promise<[Error | null, unknown][] | null> }
}

export interface IoredisCluster extends Common {
  readonly isCluster: true
  readonly options: { keyPrefix?: string; redisOptions?: { keyPrefix?: string } }
  readonly slots: string[][]
  nodes(role: 'master'): IoredisClient[]
  refreshSlotsCache(callback: (error?: Error | null) => void): void
}

const reconnect = (opened: () => boolean) => (times: number) => (opened() ? Math.min(25 * 2 ** times, 1_000) : null)

/** A client of our own, with options under which nothing waits in a queue and nothing is sent twice. */
export function createIoredis(library: IoredisLibrary, { address, timeout, opened }: OpenOptions) {
  const { kind, hosts, tls, database } = address
  const node = {
    ...login(address),
    ...(tls && { tls: {} }),
    lazyConnect: true,
    connectTimeout: timeout,
    socketTimeout: timeout,
    disconnectTimeout: 200,
    enableAutoPipelining: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  }
  if (kind === 'cluster') {
    return new library.Cluster(hosts, {
      redisOptions: node,
      lazyConnect: true,
      clusterRetryStrategy: reconnect(opened),
      retryDelayOnFailover: 0,
      slotsRefreshTimeout: timeout,
    })
  }
  const own = { ...node, db: database, retryStrategy: reconnect(opened), enableOfflineQueue: false }
  if (kind === 'single') return new library.Redis({ ...own, ...hosts[0] })
  return new library.Redis({
    ...own,
    sentinels: hosts,
    name: address.master,
    enableTLSForSentinelMode: tls,
    sentinelRetryStrategy: reconnect(opened),
  })
}

function login({ username, password }: Address) {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

/** Whether something handed in is a client of the package `ioredis`. */
export function isIoredis(client: object): client is IoredisClient | IoredisCluster {
  return 'status' in client && 'call' in client && 'pipeline' in client
}

export function overIoredis(client: IoredisClient | IoredisCluster, close: () => void): RedisConnection {
  if ('isCluster' in client && client.isCluster) return new ClusterConnection(client, close)
  return new SingleConnection(client as IoredisClient, close)
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

/**
 * A client that resends what was under way when its connection broke, as ioredis does unless it is told not to: what is
 * under way is rejected at that moment, before the resent command can answer as if it were the first.
 */
class ResendingNode implements RedisNode {
  readonly #node: RedisNode
  readonly #underWay = new Set<(error: Error) => void>()

  constructor(client: IoredisClient) {
    this.#node = new ClientNode(client)
  }

  readonly onClose = (): void => {
    for (const reject of this.#underWay) reject(new Error('the connection was closed'))
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#untilClosed(this.#node.send(command))
  }

  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[] {
    return this.#node.sendTogether(commands).map((answer) => this.#untilClosed(answer))
  }

  notAnswering(): void {}

  #untilClosed<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject)
      answer.then(resolve, reject).finally(() => this.#underWay.delete(reject))
    })
  }
}

class SingleConnection implements RedisConnection {
  readonly keyPrefix: string
  readonly #client: IoredisClient
  readonly #close: () => void
  readonly #node: RedisNode

  constructor(client: IoredisClient, close: () => void) {
    this.keyPrefix = client.options.keyPrefix ?? ''
    this.#client = client
    if (client.options.autoResendUnfulfilledCommands === false) {
      this.#node = new ClientNode(client)
      this.#close = close
      return
    }
    const node = new ResendingNode(client)
    client.on('close', node.onClose)
    this.#node = node
    this.#close = () => {
      client.off('close', node.onClose)
      close()
    }
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

  close(): void {
    this.#close()
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
    return name === undefined ? null : this.#nodeOf(name)
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
function connectIfIdle(client: IoredisClient): void {
  if (client.status === 'wait') client.connect().catch(() => {})
}
