import { Calls } from '@sessionbank/databank-kit'
import { CommandFailed, failureOf, UNREACHABLE } from './failures.ts'
import { Keyspace } from './keyspace.ts'
import { openClient } from './open.ts'
import type { Options } from './options.ts'
import type { RedisClient, RedisNode } from './redis-client.ts'

/** A key to refresh the slots with. Any key works. */
const ANY_KEY = ':'

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

  /** Opens a connection. If that fails, closes everything and rejects with a ConnectError that says what to check. */
  static async open(options: Options): Promise<Connection> {
    return new Connection(await openClient(options), options)
  }

  /** Returns the keyspace of all keys with this prefix. */
  keyspace(prefix: string): Keyspace {
    return new Keyspace(this.#client, prefix, this.#options.wait)
  }

  /** Resolves if all masters answer, because each holds some of the records. */
  ping(): Promise<void> {
    return this.calls.read(async () => {
      const masters = this.#client.masters()
      if (masters.length === 0) {
        await this.#client.refresh(ANY_KEY)
        throw new CommandFailed('PING', UNREACHABLE)
      }
      await Promise.all(masters.map((master) => ping(master)))
    })
  }

  /** Waits for running calls, then closes the client, unless it is the app's. */
  async close(): Promise<void> {
    await this.calls.close()
    this.#client.close()
  }
}

async function ping(node: RedisNode): Promise<void> {
  try {
    await node.send(['PING'])
  } catch (error) {
    throw new CommandFailed('PING', error)
  }
}
