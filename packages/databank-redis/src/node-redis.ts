import type { Address } from './address.ts'
import type { RedisConnection, RedisNode } from './connection.ts'
import { hashSlot } from './hash-slot.ts'

/** The part of the package `redis` (5 and later) that the driver uses. */
export interface NodeRedisLibrary {
  createClient(options: object): NodeRedisClient
  createCluster(options: object): NodeRedisCluster
  createSentinel(options: object): NodeRedisSentinel
}

interface Emitting {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
  destroy(): unknown
}

export interface NodeRedisClient extends Emitting {
  readonly isReady: boolean
  readonly options?: { keyPrefix?: string }
  sendCommand(command: readonly string[], options?: object): Promise<unknown>
}

interface ClusterMaster {
  client?: NodeRedisClient
}

export interface NodeRedisCluster extends Emitting {
  readonly _keyPrefix?: string
  readonly slots: ({ master: ClusterMaster } | undefined)[]
  readonly masters: ClusterMaster[]
  nodeClient(master: ClusterMaster): Promise<NodeRedisClient> | NodeRedisClient
  sendCommand(key: string, isReadonly: boolean, command: readonly string[], options?: object): Promise<unknown>
}

export interface NodeRedisSentinel extends Emitting {
  readonly isReady: boolean
  readonly _keyPrefix?: string
  sendCommand(isReadonly: boolean, command: readonly string[], options?: object): Promise<unknown>
  /** Not in all versions 5. */
  duplicate?(overrides: object): NodeRedisSentinel
  use<T>(task: (lease: Pick<NodeRedisSentinel, 'sendCommand'>) => Promise<T>): Promise<T>
}

/**
 * Without the library's own timeout, which costs more than the command (an AbortSignal each) and ends when the command is
 * sent; with replies as text, whatever the client was set up for.
 */
const PLAIN = { timeout: undefined, typeMapping: undefined, abortSignal: undefined }

/** Reconnects after 50 ms, and later every second; not at all while the first connection is being made. */
const reconnect = (opened: () => boolean) => (retries: number) => opened() && Math.min(50 * 2 ** retries, 1_000)

export interface OpenOptions {
  address: Address
  timeout: number
  /** Whether the first connection has been made, so that a lost one is made again. */
  opened(): boolean
}

/** A client of our own, with options under which nothing waits in a queue and nothing is sent twice. */
export function createNodeRedis(library: NodeRedisLibrary, { address, timeout, opened }: OpenOptions) {
  const { username, password, tls, hosts, database, master } = address
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const socket = {
    connectTimeout: timeout,
    reconnectStrategy: reconnect(opened),
    // A connection that is idle and died without a word is found out by a ping without an answer.
    socketTimeout: timeout * 2,
    ...(tls && { tls }),
  }
  const client = { ...login, socket, pingInterval: timeout, disableOfflineQueue: true, commandOptions: PLAIN }
  if (address.kind === 'cluster') {
    return library.createCluster({
      rootNodes: hosts.map((host) => ({ socket: host })),
      defaults: client,
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
  }
  if (address.kind === 'sentinel') {
    return library.createSentinel({
      name: master,
      sentinelRootNodes: hosts,
      nodeClientOptions: { ...client, database },
      sentinelClientOptions: { socket: { connectTimeout: timeout, ...(tls && { tls }) } },
      maxCommandRediscovers: 0,
      commandOptions: PLAIN,
    })
  }
  return library.createClient({ ...client, socket: { ...hosts[0], ...socket }, database })
}

/** Whether something handed in is a client of the package `redis`, and of which kind. */
export function isNodeRedis(client: object): client is NodeRedisClient | NodeRedisCluster | NodeRedisSentinel {
  return 'sendCommand' in client && 'isOpen' in client && 'destroy' in client && 'multi' in client
}

export function isSentinel(
  client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
): client is NodeRedisSentinel {
  return 'getSentinelNode' in client || 'acquire' in client
}

/**
 * A client of our own with the options of another, which sends again by itself what failed, unless it is told not to;
 * null where the version of the library cannot make one.
 */
export function duplicateSentinel(client: NodeRedisSentinel): NodeRedisSentinel | null {
  return client.duplicate?.({ maxCommandRediscovers: 0, commandOptions: PLAIN }) ?? null
}

/** What may be done to a client: all to one of ours, nothing to one of the app. */
export interface Powers {
  close(): void
  reconnect(client: NodeRedisClient): void
}

export function overNodeRedis(
  client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
  powers: Powers,
): RedisConnection {
  if ('slots' in client) return new ClusterConnection(client, powers)
  return isSentinel(client) ? new SentinelConnection(client, powers) : new SingleConnection(client, powers)
}

class ClientNode implements RedisNode {
  readonly #client: NodeRedisClient
  readonly #powers: Powers

  constructor(client: NodeRedisClient, powers: Powers) {
    this.#client = client
    this.#powers = powers
  }

  notAnswering(): void {
    if (this.#client.isReady) this.#powers.reconnect(this.#client)
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand(command, PLAIN)
  }

  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const options = { ...PLAIN, chainId: Symbol('together') }
    return commands.map((command) => this.#client.sendCommand(command, options))
  }
}

class SingleConnection implements RedisConnection {
  readonly keyPrefix: string
  readonly close: () => void
  readonly #client: NodeRedisClient
  readonly #node: RedisNode

  constructor(client: NodeRedisClient, powers: Powers) {
    this.keyPrefix = client.options?.keyPrefix ?? ''
    this.close = powers.close
    this.#client = client
    this.#node = new ClientNode(client, powers)
  }

  inCommand(key: string): string {
    return this.keyPrefix + key
  }

  nodeFor(): RedisNode | null {
    return this.#client.isReady ? this.#node : null
  }

  masters(): RedisNode[] | null {
    return this.#client.isReady ? [this.#node] : null
  }

  async refresh(): Promise<void> {}

  follow(_key: string, command: readonly string[]): Promise<unknown> {
    return this.#node.send(command)
  }
}

class SentinelConnection implements RedisConnection, RedisNode {
  readonly keyPrefix: string
  readonly close: () => void
  readonly #client: NodeRedisSentinel

  constructor(client: NodeRedisSentinel, powers: Powers) {
    this.keyPrefix = client._keyPrefix ?? ''
    this.close = powers.close
    this.#client = client
  }

  inCommand(key: string): string {
    return this.keyPrefix + key
  }

  nodeFor(): RedisNode | null {
    return this.#client.isReady ? this : null
  }

  masters(): RedisNode[] | null {
    return this.#client.isReady ? [this] : null
  }

  async refresh(): Promise<void> {}

  follow(_key: string, command: readonly string[]): Promise<unknown> {
    return this.send(command)
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand(false, command, PLAIN)
  }

  /** On a lease: only that makes sure of one connection for them all. */
  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const options = { ...PLAIN, chainId: Symbol('together') }
    const answers = this.#client.use((lease) =>
      Promise.allSettled(commands.map((command) => lease.sendCommand(false, command, options))),
    )
    return commands.map(async (_, n) => {
      const answer = (await answers)[n] as PromiseSettledResult<unknown>
      if (answer.status === 'rejected') throw answer.reason
      return answer.value
    })
  }

  /** Sentinel finds a dead master out, and the client listens to it. */
  notAnswering(): void {}
}

class ClusterConnection implements RedisConnection {
  readonly keyPrefix: string
  readonly close: () => void
  readonly #cluster: NodeRedisCluster
  readonly #powers: Powers
  readonly #nodes = new WeakMap<NodeRedisClient, RedisNode>()

  constructor(cluster: NodeRedisCluster, powers: Powers) {
    this.keyPrefix = cluster._keyPrefix ?? ''
    this.close = powers.close
    this.#powers = powers
    this.#cluster = cluster
  }

  inCommand(key: string): string {
    return this.keyPrefix + key
  }

  nodeFor(key: string): RedisNode | null {
    const master = this.#cluster.slots[hashSlot(this.keyPrefix + key)]?.master
    return master ? this.#nodeOf(master) : null
  }

  masters(): RedisNode[] | null {
    const { slots } = this.#cluster
    const masters = new Set<ClusterMaster>()
    for (let slot = 0; slot < slots.length; slot++) {
      const master = slots[slot]?.master
      if (!master) return null
      masters.add(master)
    }
    const nodes = [...masters].map((master) => this.#nodeOf(master))
    return nodes.length > 0 && nodes.every((node) => node !== null) ? nodes : null
  }

  #nodeOf(master: ClusterMaster): RedisNode | null {
    const { client } = master
    if (!client) Promise.resolve(this.#cluster.nodeClient(master)).catch(() => {})
    if (!client?.isReady) return null
    let node = this.#nodes.get(client)
    if (!node) {
      node = new ClientNode(client, this.#powers)
      this.#nodes.set(client, node)
    }
    return node
  }

  /** A read through the cluster's own client makes it look where the slots are, if it is told that the key has moved. */
  async refresh(key: string): Promise<void> {
    if (this.nodeFor(key) !== null) await this.follow(key, ['EXISTS', this.inCommand(key)])
  }

  follow(key: string, command: readonly string[]): Promise<unknown> {
    return this.#cluster.sendCommand(this.inCommand(key), false, command, PLAIN)
  }
}
