import slotOf from 'cluster-key-slot'

/** A node of Redis. The arguments are a whole command, its name first. */
export interface RedisNode {
  /** False while nothing can be sent: what was not sent then was certainly not done. */
  readonly isReady: boolean

  /** Sends one command. Rejects with what the client library says: a reply of Redis that is an error, or a lost connection. */
  send(command: readonly string[]): Promise<unknown>

  /**
   * Sends commands one behind the other on the same connection, and returns the answer of each. If the connection breaks,
   * those that were not sent yet fail too: none of them is sent on the next connection.
   */
  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[]
}

/** How a client routes to the nodes of a cluster. */
export interface Routes {
  /** Returns the master of a slot; null while it is not known. */
  nodeOf(slot: number): RedisNode | null

  /** Looks again which node has a key. */
  refresh(key: string): Promise<unknown>

  /** Sends a command to where the cluster says that its key is: MOVED and ASK are followed. */
  follow(key: string, command: readonly string[]): Promise<unknown>
}

/** What a client does to keys. */
export interface Prefixing {
  /** What stands before each key in Redis. */
  keyPrefix: string
  /** True if the client itself puts it there. */
  isAutomatic: boolean
}

/**
 * What the driver needs of a client library, whichever it is and whatever it talks to: one node, Sentinel or a cluster.
 * The driver decides what is sent again; a client never sends anything twice.
 */
export class RedisConnection {
  readonly keyPrefix: string
  /** Null if all keys are on one node. */
  readonly routes: Routes | null
  /** Closes what the driver opened; a client of the app stays as it is. */
  readonly close: () => void
  readonly #node: RedisNode | null
  readonly #added: string

  constructor(target: RedisNode | Routes, { keyPrefix, isAutomatic }: Prefixing, close: () => void) {
    this.keyPrefix = keyPrefix
    this.close = close
    this.#added = isAutomatic ? '' : keyPrefix
    this.routes = 'nodeOf' in target ? target : null
    this.#node = 'nodeOf' in target ? null : target
  }

  /** Returns a key as it has to stand in a command. */
  inCommand(key: string): string {
    return this.#added + key
  }

  /** Returns the node that holds the key; null while it cannot be reached. */
  nodeFor(key: string): RedisNode | null {
    return ifReady(this.#node ?? this.routes?.nodeOf(slotOf(this.keyPrefix + key)))
  }

  /** Returns all masters; null while one of them cannot be reached. */
  masters(): RedisNode[] | null {
    if (!this.routes) return this.#node?.isReady ? [this.#node] : null
    const nodes = new Set<RedisNode | null>()
    for (let slot = 0; slot < SLOTS; slot++) nodes.add(this.routes.nodeOf(slot))
    const ready = [...nodes].map(ifReady).filter((node) => node !== null)
    return ready.length === nodes.size ? ready : null
  }
}

const SLOTS = 16_384

function ifReady(node: RedisNode | null | undefined): RedisNode | null {
  return node?.isReady ? node : null
}
