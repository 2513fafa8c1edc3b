import { performance, setImmediate } from '@sessionbank/databank-kit'
import { type Emitter, type Outcomes, RedisNode, type Routes } from './redis-client.ts'

interface Common extends Emitter {
  readonly isOpen: boolean
  readonly _keyPrefix?: string
  readonly options?: { keyPrefix?: string }
  destroy(): unknown
}

export interface Single extends Common {
  readonly isReady: boolean
  sendCommand(command: readonly string[], options?: object): Promise<unknown>
}

interface ClusterMaster {
  client?: Single
}

export interface Cluster extends Common {
  readonly slots: ({ master: ClusterMaster } | undefined)[]
  nodeClient(master: ClusterMaster): Promise<Single> | Single
  sendCommand(key: string, isReadonly: boolean, command: readonly string[], options?: object): Promise<unknown>
}

export interface Sentinel extends Common {
  readonly isReady: boolean
  sendCommand(isReadonly: boolean, command: readonly string[], options?: object): Promise<unknown>
  /** Missing in some 5.x versions. */
  duplicate?(overrides: object): Sentinel
  use<T>(task: (lease: Pick<Sentinel, 'sendCommand'>) => Promise<T>): Promise<T>
}

export type AnyNodeRedis = Single | Cluster | Sentinel

/**
 * Turns off the library's own timeout. It creates an AbortSignal for each command, which costs more than the command,
 * and applies only until the command is sent. Returns replies as text, whatever the client's options.
 */
export const PLAIN = { timeout: undefined, typeMapping: undefined, abortSignal: undefined }

export class ClientNode extends RedisNode {
  readonly #client: Single
  readonly #silence: number

  /** @param silence ms without an answer after which the client reconnects, because the connection may be dead */
  constructor(client: Single, silence: number) {
    super()
    this.#client = client
    this.#silence = silence
  }

  get isReady(): boolean {
    if (!this.#client.isReady) return false
    if (!this.#isSilent) return true
    // Checked again later: an answer may have arrived while the event loop was blocked.
    setImmediate(() => {
      if (!this.#isSilent) return
      destroy(this.#client)
      this.#client.connect().catch(() => {})
    })
    return false
  }

  get #isSilent(): boolean {
    return this.inFlight > 0 && performance.now() - this.silentSince >= this.#silence
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand(command, PLAIN)
  }

  sendTogether(commands: readonly (readonly string[])[]): Promise<Outcomes> {
    const options = { ...PLAIN, chainId: Symbol('together') }
    return Promise.allSettled(commands.map((command) => this.#client.sendCommand(command, options)))
  }
}

export class SentinelNode extends RedisNode {
  readonly #client: Sentinel

  constructor(client: Sentinel) {
    super()
    this.#client = client
  }

  get isReady(): boolean {
    return this.#client.isReady
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand(false, command, PLAIN)
  }

  /** Leases a client of the library, because only this guarantees one connection for all commands. */
  sendTogether(commands: readonly (readonly string[])[]): Promise<Outcomes> {
    const options = { ...PLAIN, chainId: Symbol('together') }
    return this.#client.use((lease) =>
      Promise.allSettled(commands.map((command) => lease.sendCommand(false, command, options))),
    )
  }
}

export class ClusterRoutes implements Routes {
  readonly #cluster: Cluster
  readonly #silence: number
  readonly #nodes = new WeakMap<Single, RedisNode>()

  constructor(cluster: Cluster, silence: number) {
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

  /** Reads through the cluster client, which updates its slots if the key has moved. */
  refresh(key: string): Promise<unknown> {
    return this.follow(key, ['EXISTS', key])
  }

  follow(key: string, command: readonly string[]): Promise<unknown> {
    return this.#cluster.sendCommand(key, false, command, PLAIN)
  }
}

/** Closes a client. Ignores the error that some versions throw or reject with if it is closed already. */
export function destroy(client: AnyNodeRedis): void {
  try {
    Promise.resolve(client.destroy()).catch(() => {})
  } catch {
    // It is closed already.
  }
}
