import type { RedisNode, Routes } from './redis-connection.ts'

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
export const PLAIN = { timeout: undefined, typeMapping: undefined, abortSignal: undefined }

export class ClientNode implements RedisNode {
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

export class SentinelNode implements RedisNode {
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

export class ClusterRoutes implements Routes {
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
