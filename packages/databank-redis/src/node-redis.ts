import type { Address } from './address.ts'
import { RedisConnection, type RedisNode, type Routes } from './redis-connection.ts'

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

export type AnyNodeRedis = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel

/**
 * Without the library's own timeout, which costs more than the command (an AbortSignal each) and ends when the command is
 * sent; with replies as text, whatever the client was set up for.
 */
const PLAIN = { timeout: undefined, typeMapping: undefined, abortSignal: undefined }

/** What our own clients depend on. */
export interface OwnOptions {
  /** In ms. */
  timeout: number
  /** Returns true once the first connection has been made, so that a lost one is made again. */
  isOpened(): boolean
}

/** Makes a client of our own, with options under which nothing waits in a queue and nothing is sent twice. */
export function createNodeRedis(library: NodeRedisLibrary, address: Address, { timeout, isOpened }: OwnOptions) {
  const { username, password, tls, hosts, database, master } = address
  const socket = {
    connectTimeout: timeout,
    // After 50 ms, and later every second.
    reconnectStrategy: (retries: number) => isOpened() && Math.min(50 * 2 ** retries, 1_000),
    // A connection that is idle and died without a word is found out by a ping without an answer.
    socketTimeout: timeout * 2,
    ...(tls && { tls }),
  }
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
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

/** Returns whether something handed in is a client of the package `redis`. */
export function isNodeRedis(client: object): client is AnyNodeRedis {
  return 'sendCommand' in client && 'isOpen' in client && 'destroy' in client && 'multi' in client
}

export function isSentinel(client: AnyNodeRedis): client is NodeRedisSentinel {
  return 'getSentinelNode' in client || 'acquire' in client
}

/**
 * Returns a client of our own with the options of another, which sends again by itself what failed, unless it is told not
 * to; null if the version of the library cannot make one.
 */
export function duplicateSentinel(client: NodeRedisSentinel): NodeRedisSentinel | null {
  return client.duplicate?.({ maxCommandRediscovers: 0, commandOptions: PLAIN }) ?? null
}

/** @param silence after how many ms without an answer to connect again; absent for a client of the app */
export function overNodeRedis(client: AnyNodeRedis, close: () => void, silence?: number): RedisConnection {
  if ('slots' in client) {
    return new RedisConnection(new ClusterRoutes(client, silence), prefixed(client._keyPrefix), close)
  }
  if (isSentinel(client)) return new RedisConnection(new SentinelNode(client), prefixed(client._keyPrefix), close)
  return new RedisConnection(new ClientNode(client, silence), prefixed(client.options?.keyPrefix), close)
}

/** `sendCommand` leaves keys as they are. */
const prefixed = (keyPrefix = '') => ({ keyPrefix, isAutomatic: false })

class ClientNode implements RedisNode {
  readonly #client: NodeRedisClient
  readonly #silence: number | undefined
  #unanswered = 0
  /** Since when no answer has come although one is due, in ms of `performance.now()`. */
  #silentSince = 0

  constructor(client: NodeRedisClient, silence: number | undefined) {
    this.#client = client
    this.#silence = silence
  }

  get isReady(): boolean {
    if (!this.#client.isReady) return false
    if (!this.#isSilent) return true
    // An answer may have come while the event loop was blocked.
    setImmediate(() => {
      if (this.#isSilent) reconnect(this.#client)
    })
    return false
  }

  /** True if the connection may have died without a word. */
  get #isSilent(): boolean {
    if (this.#silence === undefined || this.#unanswered === 0) return false
    return performance.now() - this.#silentSince >= this.#silence
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#watched(this.#client.sendCommand(command, PLAIN))
  }

  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const options = { ...PLAIN, chainId: Symbol('together') }
    return commands.map((command) => this.#watched(this.#client.sendCommand(command, options)))
  }

  #watched(answer: Promise<unknown>): Promise<unknown> {
    if (this.#silence === undefined) return answer
    if (this.#unanswered++ === 0) this.#silentSince = performance.now()
    answer.then(this.#answered, this.#answered)
    return answer
  }

  readonly #answered = () => {
    if (--this.#unanswered > 0) this.#silentSince = performance.now()
  }
}

class SentinelNode implements RedisNode {
  readonly #client: NodeRedisSentinel

  constructor(client: NodeRedisSentinel) {
    this.#client = client
  }

  get isReady(): boolean {
    return this.#client.isReady
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
}

class ClusterRoutes implements Routes {
  readonly #cluster: NodeRedisCluster
  readonly #silence: number | undefined
  readonly #nodes = new WeakMap<NodeRedisClient, RedisNode>()

  constructor(cluster: NodeRedisCluster, silence: number | undefined) {
    this.#cluster = cluster
    this.#silence = silence
  }

  nodeOf(slot: number): RedisNode | null {
    const master = this.#cluster.slots[slot]?.master
    if (!master) return null
    const { client } = master
    if (!client) {
      Promise.resolve(this.#cluster.nodeClient(master)).catch(() => {})
      return null
    }
    let node = this.#nodes.get(client)
    if (!node) {
      node = new ClientNode(client, this.#silence)
      this.#nodes.set(client, node)
    }
    return node
  }

  /** A read through the cluster's own client makes it look where the slots are, if it is told that the key has moved. */
  refresh(key: string): Promise<unknown> {
    return this.follow(key, ['EXISTS', key])
  }

  follow(key: string, command: readonly string[]): Promise<unknown> {
    return this.#cluster.sendCommand(key, false, command, PLAIN)
  }
}

/** Closes a client. What is closed already says so by throwing, or by rejecting, in some versions. */
export function destroy(client: AnyNodeRedis): void {
  try {
    Promise.resolve(client.destroy()).catch(() => {})
  } catch {
    // Closed is what it shall be.
  }
}

/** Connects the same client again; its commands under way fail. */
function reconnect(client: NodeRedisClient): void {
  destroy(client)
  client.connect().catch(() => {})
}
