/** A node of Redis that can take commands now. The arguments are a whole command, its name first. */
export interface RedisNode {
  /** Sends one command. Rejects with what the client library says: a reply of Redis that is an error, or a lost connection. */
  send(command: readonly string[]): Promise<unknown>

  /**
   * Sends commands one behind the other on the same connection, and gives the answer of each. If the connection breaks,
   * those that were not sent yet fail too: none of them is sent on the next connection.
   */
  sendTogether(commands: readonly (readonly string[])[]): Promise<unknown>[]

  /** Told when a command has had no answer in time: the connection may have died without a word. */
  notAnswering(): void
}

/**
 * What the driver needs of a client library, whichever it is and whatever it talks to: one node, Sentinel or a cluster.
 * The driver decides itself what is sent again and what is not; an adapter never sends anything twice.
 */
export interface RedisConnection {
  /** A key as it has to stand in a command, where the client was set up with a prefix. */
  inCommand(key: string): string

  /** What the client puts before each key; a SCAN has to know. */
  readonly keyPrefix: string

  /** The node that holds the key, or null while it cannot be reached: what is sent to null was certainly not sent. */
  nodeFor(key: string): RedisNode | null

  /** All masters, or null while one of them cannot be reached. */
  masters(): RedisNode[] | null

  /** Looks again where a key's node is; called when a node does not answer, or says that the key has moved. */
  refresh(key: string): Promise<void>

  /** Sends a command wherever the cluster says that its key is (MOVED and ASK are followed). */
  follow(key: string, command: readonly string[]): Promise<unknown>

  /** Closes what the driver opened; a client that the app handed in stays as it is. */
  close(): void
}
