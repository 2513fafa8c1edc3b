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

/** Options for plain values, read from the primary, whatever the client's own options. */
const PLAIN = {
  readPreference: 'primary',
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
  ignoreUndefined: false,
} as const

/** A call is given up after this multiple of its timeout. Until then its late answer still tells the outcome. */
const PATIENCE = 10

/** A bank's connection to its database, by its own client or the app's. */
export class Connection {
  readonly calls: Calls
  readonly options: Options
  #own: MongoClient | undefined
  /** The time when the bank's own client was created. */
  #madeAt = performance.now()
  readonly #collections = new Map<string, Records>()

  readonly #tls: TlsConnection | undefined

  /** @param tls the TLS options of the bank's own client */
  constructor(options: Options, tls?: TlsConnection) {
    this.options = options
    this.#tls = tls
    const { url, timeout, library } = options
    if (url !== undefined) this.#own = clientFor(url, timeout, { library, tls })
    this.calls = new Calls({ database: 'MongoDB', timeout, failureOf: (error) => this.#failureOf(error) })
  }

  /** Opens a connection. If that fails, closes everything and rejects with a ConnectError that says what to check. */
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

  /** Checks that the database can be used, and read by this user. */
  async #check([type]: readonly string[]): Promise<void> {
    const db = this.#db
    // Without acknowledgements, no caller could know whether its condition held.
    if (db.writeConcern?.w === 0) throw new ConnectError('writes are not acknowledged: remove w=0 from `url`')
    await db.command({ ping: 1 })
    await assertAtomic(db)
    // Any user may ping, so a read checks whether this one may use the database.
    if (type !== undefined) await this.collection(type).findOne({})
  }

  /**
   * Checks the database. Rejects as soon as TLS fails with every server, whereas the client would retry until its
   * timeout.
   */
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

  /** Returns the collection of a type. Called for each operation, because the client may have been replaced. */
  collection(type: string): Records {
    let collection = this.#collections.get(type)
    if (!collection) {
      const db = this.#db
      collection = db.collection(collectionName(type), { ...PLAIN, writeConcern: db.writeConcern ?? { w: 'majority' } })
      this.#collections.set(type, collection)
    }
    return collection
  }

  /** Waits for running calls, then closes the client, unless it is the app's. */
  async close(): Promise<void> {
    await this.calls.close()
    await this.#own?.close(true)
  }

  get #db(): Db {
    const { client, db } = this.options
    return typeof db === 'object' ? (db as Db) : ((this.#own ?? client) as MongoClient).db(db)
  }

  /** Hosts and ports for messages. Other parts of a malformed URL may belong to the password. */
  get #server(): string {
    if (!this.#own) return 'MongoDB of `client` or `db`'
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
   * Replaces the bank's own client. If a connection closes just after a heartbeat was sent on it, mongodb 7.9 waits for
   * the answer for ever and never finds its server again. Replacing a client that reaches no server loses nothing.
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

/** Throws ConnectError for FerretDB 1, whose updates are not atomic: several writes on one revision would succeed. */
async function assertAtomic(db: Db): Promise<void> {
  const info = await db.command({ buildInfo: 1 }).catch((error) => {
    if (isRefusal(error)) return null
    throw error
  })
  if (/^v?[01]\./.test(info?.ferretdbVersion)) {
    throw new ConnectError('FerretDB 1 does not update records atomically, so changes would be lost: use FerretDB 2')
  }
}

function clientFor(
  url: string,
  timeout: number,
  { library, tls }: { library: MongodbLibrary | undefined; tls: TlsConnection | undefined },
): MongoClient {
  const given = library as typeof import('mongodb') | undefined
  const { MongoClient } = loadClient(['mongodb'], module.filename, given).exports
  // Less than the timeout, so that the client reports the cause in time.
  const early = Math.ceil(timeout * 0.9)
  try {
    const client = new MongoClient(url, {
      serverSelectionTimeoutMS: early,
      connectTimeoutMS: early,
      waitQueueTimeoutMS: early,
      socketTimeoutMS: Math.min(timeout * PATIENCE, LONGEST_DELAY),
      // A write whose answer was lost is never resent, even if the server would recognize it.
      retryWrites: false,
      // With the default, NODE_TLS_REJECT_UNAUTHORIZED=0 would silently turn the check off.
      rejectUnauthorized: true,
      ...(tls && { tls: true, ...tls }),
    })
    if (client.options.hosts.every(isReadBack)) return client
  } catch (error) {
    throw unusableUrl(error)
  }
  throw new ConnectError('`url` cannot be used: a host in it is empty or invalid; write host:port,host:port')
}

/**
 * Returns true if the client, which stores a host as text, can parse that text again. If it cannot, for example because
 * the host is empty, it would throw in its own listener and end the process.
 */
function isReadBack(address: HostAddress): boolean {
  try {
    return new (address.constructor as typeof HostAddress)(String(address)).host === address.host
  } catch {
    return false
  }
}
