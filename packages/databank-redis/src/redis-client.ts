/// <reference path="./cluster-key-slot.d.ts" />
import { performance } from '@sessionbank/databank-kit'
import slotOf from 'cluster-key-slot'

const SLOTS = 16_384

export type Outcomes = PromiseSettledResult<unknown>[]

/** A node of Redis. The arguments are whole commands, their names first. */
export abstract class RedisNode {
  /** Commands that have no answer yet. */
  inFlight = 0
  /** Resolves when the WAIT under way is over, which blocks the connection until then. */
  waiting: Promise<unknown> | null = null
  /** Since when no answer has come although one is due, in ms of `performance.now()`. */
  protected silentSince = 0

  /** False while nothing can be sent: what was not sent then was certainly not done. */
  abstract readonly isReady: boolean

  /** Sends one command. Rejects with what the library says: a reply of Redis that is an error, or a lost connection. */
  abstract send(command: readonly string[]): Promise<unknown>

  /**
   * Sends commands one behind the other on the same connection, and returns the outcome of each. If the connection breaks,
   * those that were not sent yet fail too: none of them is sent on the next connection.
   */
  abstract sendTogether(commands: readonly (readonly string[])[]): Promise<Outcomes>

  asked(): void {
    if (this.inFlight++ === 0) this.silentSince = performance.now()
  }

  answered(): void {
    if (--this.inFlight > 0) this.silentSince = performance.now()
  }
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

/** What is the same in the clients of both libraries. */
export interface Emitter {
  connect(): Promise<unknown>
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
}

/** What a client of our own depends on. */
export interface OwnOptions {
  /** In ms. */
  timeout: number
  /** True once the first connection has been made: from then on a lost one is made again. */
  isOpened: boolean
}

/**
 * What the driver needs of a client, of either library and whatever it talks to: one node, Sentinel or a cluster. The
 * driver decides what is sent again; a client never sends anything twice.
 */
export abstract class RedisClient {
  /** The client of the library. */
  abstract readonly raw: Emitter
  /** Null if all keys are on one node. */
  readonly routes: Routes | null
  /** What stands before each key in Redis. */
  readonly keyPrefix: string
  /** Closes what the driver opened; a client of the app stays as it is. */
  close: () => void = () => {}
  readonly #node: RedisNode | null
  readonly #added: string

  /** @param added what of the prefix the client does not put before keys itself */
  constructor(target: RedisNode | Routes, keyPrefix: string, added: string) {
    this.routes = target instanceof RedisNode ? null : target
    this.#node = target instanceof RedisNode ? target : null
    this.keyPrefix = keyPrefix
    this.#added = added
  }

  abstract readonly isEnded: boolean

  abstract end(): void

  /** Returns a client of our own if this one sends again by itself what had no answer; else null. */
  abstract copyIfResending(own: OwnOptions): RedisClient | null

  /** Returns a key as it has to stand in a command. */
  inCommand(key: string): string {
    return this.#added + key
  }

  /** Looks again which node has a key; does nothing if there is one node only. */
  async refresh(key: string): Promise<void> {
    await this.routes?.refresh(this.inCommand(key)).catch(() => {})
  }

  /** Returns the node that holds the key; null while it cannot be reached. */
  nodeFor(key: string): RedisNode | null {
    const node = this.routes ? this.routes.nodeOf(slotOf(this.keyPrefix + key)) : this.#node
    return node?.isReady ? node : null
  }

  /** Returns all masters; none while one of them cannot be reached. */
  masters(): RedisNode[] {
    const nodes = new Set<RedisNode | null>(this.routes ? [] : [this.#node])
    for (let slot = 0; this.routes && slot < SLOTS; slot++) nodes.add(this.routes.nodeOf(slot))
    const ready = [...nodes].filter((node) => node !== null)
    return ready.length === nodes.size && ready.every((node) => node.isReady) ? ready : []
  }
}
