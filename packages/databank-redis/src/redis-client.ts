/// <reference path="./cluster-key-slot.d.ts" />
import { performance } from '@sessionbank/databank-kit'
import slotOf from 'cluster-key-slot'

const SLOTS = 16_384

export type Outcomes = PromiseSettledResult<unknown>[]

/** A Redis node. Commands are arrays that begin with the command's name. */
export abstract class RedisNode {
  /** Commands that have no answer yet. */
  inFlight = 0
  /** Resolves when the running WAIT ends, which blocks the connection until then. */
  waiting: Promise<unknown> | null = null
  /** When the wait for the next answer began, in ms of `performance.now()`. */
  protected silentSince = 0

  /** False while no command can be sent, so that a rejected command was certainly not done. */
  abstract readonly isReady: boolean

  /** Sends one command. Rejects with the library's error: an error reply of Redis, or a lost connection. */
  abstract send(command: readonly string[]): Promise<unknown>

  /**
   * Sends commands one after another on the same connection, and returns the outcome of each. If the connection breaks,
   * unsent commands fail as well, and are not sent on the next connection.
   */
  abstract sendTogether(commands: readonly (readonly string[])[]): Promise<Outcomes>

  asked(): void {
    if (this.inFlight++ === 0) this.silentSince = performance.now()
  }

  answered(): void {
    if (--this.inFlight > 0) this.silentSince = performance.now()
  }
}

/** Routes commands to the nodes of a cluster. */
export interface Routes {
  /** Returns the master of a slot, or null while it is unknown. */
  nodeOf(slot: number): RedisNode | null

  /** Updates which node has a key. */
  refresh(key: string): Promise<unknown>

  /** Sends a command to the node that has its key, and follows MOVED and ASK. */
  follow(key: string, command: readonly string[]): Promise<unknown>
}

/** The methods that the clients of both libraries share. */
export interface Emitter {
  connect(): Promise<unknown>
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
}

/** The options of a client that the driver creates. */
export interface OwnOptions {
  /** In ms. */
  timeout: number
  /** True once the client has connected. From then on it reconnects. */
  isOpened: boolean
}

/**
 * A client of either library, for one node, Sentinel or a cluster. The driver decides which commands are sent again; a
 * client never resends.
 */
export abstract class RedisClient {
  /** The client of the library. */
  abstract readonly raw: Emitter
  /** Null if all keys are on one node. */
  readonly routes: Routes | null
  /** The prefix of all keys in Redis. */
  readonly keyPrefix: string
  /** Closes the driver's own client. Does nothing to the app's client. */
  close: () => void = () => {}
  readonly #node: RedisNode | null
  readonly #added: string

  /** @param added the part of the prefix that the client does not add to keys itself */
  constructor(target: RedisNode | Routes, keyPrefix: string, added: string) {
    this.routes = target instanceof RedisNode ? null : target
    this.#node = target instanceof RedisNode ? target : null
    this.keyPrefix = keyPrefix
    this.#added = added
  }

  abstract readonly isEnded: boolean

  abstract end(): void

  /** If this client resends unanswered commands, returns a copy that does not, else null. */
  abstract copyIfResending(own: OwnOptions): RedisClient | null

  /** Returns the key to use in a command. */
  inCommand(key: string): string {
    return this.#added + key
  }

  /** Updates which node has a key. Does nothing if there is only one node. */
  async refresh(key: string): Promise<void> {
    await this.routes?.refresh(this.inCommand(key)).catch(() => {})
  }

  /** Returns the node that has the key, or null while it cannot be reached. */
  nodeFor(key: string): RedisNode | null {
    const node = this.routes ? this.routes.nodeOf(slotOf(this.keyPrefix + key)) : this.#node
    return node?.isReady ? node : null
  }

  /** Returns all masters, or none while one of them cannot be reached. */
  masters(): RedisNode[] {
    const nodes = new Set<RedisNode | null>(this.routes ? [] : [this.#node])
    for (let slot = 0; this.routes && slot < SLOTS; slot++) nodes.add(this.routes.nodeOf(slot))
    const ready = [...nodes].filter((node) => node !== null)
    return ready.length === nodes.size && ready.every((node) => node.isReady) ? ready : []
  }
}
