import { Calls } from '@sessionbank/databank-kit'
import { failureOf } from './failures.ts'
import { Keyspace } from './keyspace.ts'
import { openClient } from './open.ts'
import type { Options } from './options.ts'
import type { RedisClient } from './redis-client.ts'

/** A bank's connection to Redis. */
export class Connection {
  readonly calls: Calls
  readonly #client: RedisClient
  readonly #options: Options

  constructor(client: RedisClient, options: Options) {
    this.calls = new Calls({ database: 'Redis', timeout: options.timeout, failureOf })
    this.#client = client
    this.#options = options
  }

  /** Rejects with a ConnectError that says what to check, and leaves nothing open then. */
  static async open(options: Options): Promise<Connection> {
    return new Connection(await openClient(options), options)
  }

  /** Returns the keys that begin like this. */
  keyspace(prefix: string): Keyspace {
    return new Keyspace(this.#client, prefix, this.#options.wait)
  }

  /** Waits for the calls under way. A client that the app handed in stays open. */
  async close(): Promise<void> {
    await this.calls.close()
    this.#client.close()
  }
}
