import {
  BankTimeoutError,
  Calls,
  ConnectError,
  isNamed,
  LONGEST_DELAY,
  loadClient,
  openTls,
  openWithin,
  performance,
  type TlsConnection,
} from '@sessionbank/databank-kit'
import type { Collection, Db, HostAddress, MongoClient, TopologyDescriptionChangedEvent } from 'mongodb'
import {
  adviceOn,
  failureOf,
  isRefusal,
  isStarting,
  isTlsFault,
  isUnreachable,
  NoServer,
  SAFE_FIELDS,
  unusableUrl,
} from './failures.ts'
import { collectionName, type MongodbLibrary, type Options } from './options.ts'
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

/** After so many timeouts a call that no caller waits for any more is given up; until then its answer tells what it did. */
const PATIENCE = 10

/** A bank's connection to its database: through a client of its own, or through the app's. */
export class Connection {
  readonly calls: Calls
  readonly options: Options
  #own: MongoClient | undefined
  /** When the bank's own client was made. */
  #madeAt = performance.now()
  readonly #collections = new Map<string, Records>()

  readonly #tls: TlsConnection | undefined

  /** @param tls what a client of the bank's own is made with beside the URL */
  constructor(options: Options, tls?: TlsConnection) {
    this.options = options
    this.#tls = tls
    const { url, timeout, library } = options
    if (url !== undefined) this.#own = clientFor(url, timeout, { library, tls })
    this.calls = new Calls({ database: 'MongoDB', timeout, failureOf: (error) => this.#failureOf(error) })
  }

  /** Rejects with a ConnectError that says what to check, and leaves nothing open then. */
  static async open(options: Options, types: readonly string[]): Promise<Connection> {
    const connection = new Connection(options, options.tls && (await openTls(options.tls)))
    return openWithin({
      database: 'MongoDB',
      timeout: options.timeout,
      failureOf: (error) => connection.#failureOf(error),
      open: () => connection.#opened(types),
      close: async () => connection.#own?.close(true),
      server: () => connection.#server,
      adviceOn,
      isTransient: isStarting,
      safeFields: SAFE_FIELDS,
    })
  }

  /** Looks whether the database can be used, and read by this user. */
  async #check([type]: readonly string[]): Promise<void> {
    const db = this.#db
    // Without an answer no caller can know whether a condition held.
    if (db.writeConcern?.w === 0) throw new ConnectError('writes are not acknowledged: take w=0 out of `url`')
    await db.command({ ping: 1 })
    await assertAtomic(db)
    // Any user may ping; whether this one may use the database shows in a collection of it.
    if (type !== undefined) await this.collection(type).findOne({})
  }

  /** Checks the database. Rejects as soon as TLS fails with every server: the client would try until its time is up. */
  async #opened(types: readonly string[]): Promise<Connection> {
    const client = this.#own
    let onChange = (_: TopologyDescriptionChangedEvent) => {}
    const tlsFault = new Promise<never>((_, reject) => {
      onChange = ({ newDescription }) => {
        if (isTlsFault(newDescription.servers)) reject(new NoServer(newDescription))
      }
    })
    client?.on('topologyDescriptionChanged', onChange)
    try {
      await Promise.race([this.#check(types), tlsFault])
      return this
    } finally {
      client?.off('topologyDescriptionChanged', onChange)
    }
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
    await this.calls.close()
    await this.#own?.close(true)
  }

  get #db(): Db {
    const { client, db } = this.options
    return typeof db === 'object' ? (db as Db) : ((this.#own ?? client) as MongoClient).db(db)
  }

  /** Hosts and ports alone: what else stands in a URL that was put together wrongly may be part of the password. */
  get #server(): string {
    if (!this.#own) return 'MongoDB through what was handed in'
    const { srvHost, hosts } = this.#own.options
    return `MongoDB at ${srvHost ?? hosts.join(', ')}`
  }

  #failureOf(error: unknown) {
    if (isUnreachable(error)) this.#renew()
    const isOwn = this.#own !== undefined
    if (isOwn && isNamed(error, 'MongoWaitQueueTimeoutError')) return new BankTimeoutError(this.options.timeout)
    return failureOf(error, !isOwn)
  }

  /**
   * Replaces the bank's own client. mongodb 7.9 waits for ever for a heartbeat whose connection closes just after it was
   * sent, and then never looks for its server again. A new client finds it, and loses nothing if the old one found none.
   */
  #renew(): void {
    const { url, timeout, library } = this.options
    if (url === undefined || this.calls.isClosing || performance.now() - this.#madeAt < timeout) return
    this.#madeAt = performance.now()
    this.#own?.close(true).catch(() => {})
    this.#own = clientFor(url, timeout, { library, tls: this.#tls })
    this.#collections.clear()
  }
}

/** FerretDB 1 does not update in one step: several writers of one revision would all succeed. */
async function assertAtomic(db: Db): Promise<void> {
  const info = await db.command({ buildInfo: 1 }).catch((error) => {
    if (isRefusal(error)) return null
    throw error
  })
  if (/^v?[01]\./.test(info?.ferretdbVersion)) {
    throw new ConnectError('FerretDB 1 does not update a record in one step, so changes would be lost: use FerretDB 2')
  }
}

function clientFor(
  url: string,
  timeout: number,
  { library, tls }: { library: MongodbLibrary | undefined; tls: TlsConnection | undefined },
): MongoClient {
  const given = library as typeof import('mongodb') | undefined
  const { MongoClient } = loadClient(['mongodb'], module.filename, given).exports
  // Less than the timeout, so that the client can still say what is wrong.
  const early = Math.ceil(timeout * 0.9)
  try {
    const client = new MongoClient(url, {
      serverSelectionTimeoutMS: early,
      connectTimeoutMS: early,
      waitQueueTimeoutMS: early,
      socketTimeoutMS: Math.min(timeout * PATIENCE, LONGEST_DELAY),
      // A write whose answer was lost is never sent again, not even if the server would know it.
      retryWrites: false,
      // Else NODE_TLS_REJECT_UNAUTHORIZED=0 would turn the check off in silence.
      rejectUnauthorized: true,
      ...(tls && { tls: true, ...tls }),
    })
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
  try {
    return new (address.constructor as typeof HostAddress)(String(address)).host === address.host
  } catch {
    return false
  }
}
