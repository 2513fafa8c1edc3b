import { BankTimeoutError, Calls, ConnectError, LONGEST_DELAY, loadClient } from '@sessionbank/databank-kit'
import type { Collection, Db, HostAddress, MongoClient, MongoClientOptions } from 'mongodb'
import { connectError, unusableUrl } from './connect-errors.ts'
import { failureOf, isAnswer, isPoolBusy, isUnreachable } from './failures.ts'
import { type checkedParams, collectionName } from './options.ts'
import type { RecordDocument } from './stored-form.ts'

export type Records = Collection<RecordDocument>

/** However the client was set up, documents come back as plain values, from the one server that knows the latest. */
const PLAIN = {
  readPreference: 'primary',
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
  ignoreUndefined: false,
} as const

/** A call that nobody waits for any more still has an answer, which tells what came of it: after how many timeouts not. */
const PATIENCE = 10

/** A bank's way to the server: through a client of its own, which it makes anew if it is stuck, or through the app's. */
export class Connection {
  readonly calls: Calls
  readonly #params: ReturnType<typeof checkedParams>
  #own: MongoClient | undefined
  #collections = new Map<string, Records>()
  #isOpen = false
  #renewed = Number.NEGATIVE_INFINITY

  constructor(params: ReturnType<typeof checkedParams>) {
    this.#params = params
    const { url, timeout } = params
    this.#own = url === undefined ? undefined : clientFor(url, timeout)
    const failure = (error: unknown) => {
      if (isUnreachable(error)) this.#renew()
      if (url !== undefined && isPoolBusy(error)) return new BankTimeoutError(timeout)
      return failureOf(error, url === undefined)
    }
    this.calls = new Calls({ database: 'MongoDB', timeout, failureOf: failure })
  }

  /**
   * Connects, and looks whether the collections of these types can be read.
   *
   * @throws ConnectError that says what to check; nothing is open then
   */
  async open(types: readonly string[]): Promise<void> {
    const began = performance.now()
    const client = this.#own
    let connecting: Promise<unknown> = Promise.resolve()
    let failed: unknown
    try {
      await this.calls.read(async () => {
        connecting = client?.connect() ?? connecting
        await connecting
          .then(() => this.#check(types))
          .catch((error) => {
            failed = error
            throw error
          })
      })
      this.#isOpen = true
    } catch (error) {
      const reason = failed ?? (error instanceof BankTimeoutError ? undefined : error)
      await client?.close(true)
      // A client that was still looking up its host opens connections after all.
      connecting.then(() => client?.close(true)).catch(() => {})
      throw connectError(reason, client, Math.round(performance.now() - began))
    }
  }

  async #check([type]: readonly string[]): Promise<void> {
    const db = this.#db
    // Without an answer nobody can know whether a condition held.
    if (db.writeConcern?.w === 0) throw new ConnectError('writes are not acknowledged: take w=0 out of `url`')
    await db.command({ ping: 1 })
    await assertAtomic(db)
    // Everybody may ping; whether the user may use the database shows in a collection of it.
    if (type !== undefined) await this.collection(type).findOne({})
  }

  /** Returns the collection of a type; asked for at each call, as the client behind it may be another by now. */
  collection(type: string): Records {
    let collection = this.#collections.get(type)
    if (!collection) {
      const db = this.#db
      collection = db.collection(collectionName(type), { ...PLAIN, writeConcern: db.writeConcern ?? { w: 'majority' } })
      this.#collections.set(type, collection)
    }
    return collection
  }

  /** Waits for the calls under way, and closes the client if it is the bank's own. */
  async close(): Promise<void> {
    this.#isOpen = false
    await this.calls.close()
    await this.#own?.close(true)
  }

  get #db(): Db {
    const { client, db } = this.#params
    return typeof db === 'object' ? db : ((this.#own ?? client) as MongoClient).db(db)
  }

  /**
   * mongodb 7.9 waits for ever for a heartbeat whose connection closes just after it was sent, and then never looks for
   * its server again. A new client finds it, and has nothing to lose if the old one found none.
   */
  #renew(): void {
    const { url, timeout } = this.#params
    if (url === undefined || !this.#isOpen || performance.now() - this.#renewed < timeout) return
    this.#renewed = performance.now()
    this.#own?.close(true).catch(() => {})
    this.#own = clientFor(url, timeout)
    this.#collections.clear()
  }
}

/** FerretDB 1 does not update in one step: several writers of one revision would all succeed. */
async function assertAtomic(db: Db): Promise<void> {
  const info = await db.command({ buildInfo: 1 }).catch((error) => {
    if (isAnswer(error)) return null
    throw error
  })
  if (/^v?[01]\./.test(info?.ferretdbVersion)) {
    throw new ConnectError('FerretDB 1 does not update a record in one step, so changes would be lost: use FerretDB 2')
  }
}

function clientFor(url: string, timeout: number): MongoClient {
  const mongodb = loadClient<typeof import('mongodb')>(['mongodb'], __filename).exports
  // Less than the timeout, so that the client can still say what is wrong.
  const early = Math.ceil(timeout * 0.9)
  const options: MongoClientOptions = {
    serverSelectionTimeoutMS: early,
    connectTimeoutMS: early,
    waitQueueTimeoutMS: early,
    socketTimeoutMS: Math.min(timeout * PATIENCE, LONGEST_DELAY),
    // A write whose answer was lost is never sent again, not even if the server would know it.
    retryWrites: false,
  }
  try {
    const client = new mongodb.MongoClient(url, options)
    if (client.options.hosts.every(isReadBack)) return client
  } catch (error) {
    throw unusableUrl(error)
  }
  throw new ConnectError('`url` cannot be used: a host in it is empty or no host; write host:port,host:port')
}

/**
 * Returns whether the client, which keeps a host as text, reads the same host out of that again. If it cannot, as with an
 * empty host, it throws in a listener of its own, where nothing catches it and the process ends.
 */
function isReadBack(address: HostAddress): boolean {
  if (address.socketPath !== undefined) return true
  try {
    const { hostname } = new URL(`mongodb://${address}`)
    const host = address.isIPv6 ? `[${address.host}]` : address.host
    return hostname !== '' && decodeURIComponent(hostname).toLowerCase() === host
  } catch {
    return false
  }
}
