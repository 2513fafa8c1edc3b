import { ConnectError } from '@sessionbank/databank-kit'
import type { MongoClient, MongoClientOptions } from 'mongodb'
import { unusableUrl } from './connect-error.ts'

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

/** mongodb is loaded here and not at the top, so that an app that hands its client in may use another copy of it. */
function clientFor(url: string, timeout: number): MongoClient {
  let mongodb: typeof import('mongodb')
  try {
    mongodb = require('mongodb')
  } catch (error) {
    throw new ConnectError('the mongodb driver needs the package mongodb: npm install mongodb', error)
  }
  const options: MongoClientOptions = {
    // Less than the timeout, so that the client can still say what is wrong.
    serverSelectionTimeoutMS: Math.ceil(timeout * 0.9),
    connectTimeoutMS: timeout,
    socketTimeoutMS: timeout,
    waitQueueTimeoutMS: timeout,
    // A write whose answer was lost is never sent again, not even where the server would know it.
    retryWrites: false,
  }
  try {
    return new mongodb.MongoClient(url, options)
  } catch (error) {
    throw unusableUrl(error)
  }
}
