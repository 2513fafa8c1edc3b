import { loadClient } from '@sessionbank/databank-kit'
import type { HostAddress, MongoClient, MongoClientOptions } from 'mongodb'
import { unusableHost, unusableUrl } from './connect-error.ts'

/** The client that the driver makes itself, and makes anew where it is stuck. */
export class OwnClient {
  readonly #url: string
  readonly #timeout: number
  #current: MongoClient
  #renewed = Number.NEGATIVE_INFINITY

  constructor(url: string, timeout: number) {
    this.#url = url
    this.#timeout = timeout
    this.#current = clientFor(url, timeout)
  }

  get current(): MongoClient {
    return this.#current
  }

  /**
   * mongodb 7.9 waits for ever for a heartbeat whose connection closes just after it was sent, and then never looks for
   * its server again. A new client finds it, and has nothing to lose where the old one found none.
   */
  renew(): void {
    if (performance.now() - this.#renewed < this.#timeout) return
    this.#renewed = performance.now()
    this.#current.close(true).catch(() => {})
    this.#current = clientFor(this.#url, this.#timeout)
  }

  close(): Promise<void> {
    return this.#current.close(true)
  }
}

function clientFor(url: string, timeout: number): MongoClient {
  const mongodb = loadClient<typeof import('mongodb')>(['mongodb'], __filename).exports
  const options: MongoClientOptions = {
    // Less than the timeout, so that the client can still say what is wrong.
    serverSelectionTimeoutMS: Math.ceil(timeout * 0.9),
    connectTimeoutMS: timeout,
    socketTimeoutMS: timeout,
    waitQueueTimeoutMS: timeout,
    // A write whose answer was lost is never sent again, not even where the server would know it.
    retryWrites: false,
  }
  const client = made(() => new mongodb.MongoClient(url, options))
  if (!client.options.hosts.every(isReadBack)) throw unusableHost()
  return client
}

function made(make: () => MongoClient): MongoClient {
  try {
    return make()
  } catch (error) {
    throw unusableUrl(error)
  }
}

/**
 * Whether the client, which keeps a host as text, reads the same host out of that again. Where it cannot, as with an empty
 * host, it throws in a listener of its own, where only the end of the process catches it.
 */
function isReadBack(address: HostAddress): boolean {
  if (address.socketPath !== undefined) return true
  try {
    const { hostname } = new URL(`mongodb://${address}`)
    return (
      hostname !== '' &&
      decodeURIComponent(hostname).toLowerCase() === (address.isIPv6 ? `[${address.host}]` : address.host)
    )
  } catch {
    return false
  }
}
