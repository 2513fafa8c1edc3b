import { type Call, Calls, ConnectError, isNamed, loadClient, openWithin } from '@sessionbank/databank-kit'
import type { Cluster, Collection, GetResult, InsertOptions, QueryScanConsistency, Transcoder } from 'couchbase'
import { checkCertificates } from './certificates.ts'
import { failureOf, indexError, isRefusal, isStarting, openingAdvice } from './failures.ts'
import type { CouchbaseLibrary, Options, Server } from './options.ts'
import { indexStatements, type Statement } from './statements.ts'

/** No record has this key: the key of a record has a colon. */
const PROBE = 'databank'
/** Documents are text here, and JSON to every other program. */
const JSON_TEXT: Transcoder = {
  encode: (text: string) => [Buffer.from(text), 2 << 24],
  decode: (bytes: Buffer) => bytes.toString('utf8'),
}

/** Sends a write to the collection. */
export type Write = (collection: Collection, options: InsertOptions) => Promise<unknown>

/** A bank's connection to its collection. */
export class Connection {
  readonly calls: Calls
  readonly options: Options
  readonly #cluster: Cluster
  readonly #collection: Collection
  /** Made once, before the first search or listing; after a failure, before the next one again. */
  #indexes: Promise<void> | undefined

  constructor(options: Options, cluster: Cluster) {
    const { bucket, scope, collection, timeout } = options
    this.options = options
    this.calls = new Calls({ database: 'Couchbase', timeout, failureOf: (error) => failureOf(error, timeout) })
    this.#cluster = cluster
    this.#collection = cluster.bucket(bucket).scope(scope).collection(collection)
  }

  /** Rejects with a ConnectError that says what to check, and leaves nothing open then. */
  static async open(options: Options): Promise<Connection> {
    const { server, timeout, library } = options
    let connection = undefined as Connection | undefined
    return openWithin({
      database: 'Couchbase',
      timeout,
      failureOf: (error) => error as Error,
      open: async (call) => {
        if (server?.isSecure) await checkCertificates(server, call.timeLeft / 4)
        const given = options.cluster as Cluster | undefined
        connection = new Connection(options, given ?? (await connectTo(server as Server, call, library)))
        await connection.#check(call)
        return connection
      },
      close: async () => connection?.close(),
      server: () => (server ? `Couchbase at ${server.hosts}` : 'Couchbase through the cluster that was handed in'),
      adviceOn: (error) => openingAdvice(error, connection !== undefined),
      isTransient: isStarting,
    })
  }

  async #check(call: Call): Promise<void> {
    // The client opens a bucket by and by, and says that there is none by not answering.
    await this.get(PROBE, call)
    // Since 4.3.1 the client makes what Couchbase understands of a span, and sends no negative one. An older one hands on
    // any number; the touch finds nothing then.
    const touch = this.#collection.touch(PROBE, -1, { timeout: stepTimeout(call) })
    if (isNamed(await touch.catch((error) => error), 'InvalidArgumentError')) return
    throw new ConnectError(
      'the couchbase driver needs the package couchbase 4.3.1 or later: an older one loses what lives for over 30 days',
    )
  }

  /** Waits for the calls under way. A cluster that the app handed in stays open. */
  async close(): Promise<void> {
    await this.calls.close()
    if (!this.options.cluster) await this.#cluster.close()
  }

  /** Returns the text of a document with its CAS; null if there is none. */
  async get(key: string, call: Call): Promise<GetResult | null> {
    try {
      return await this.#collection.get(key, { transcoder: JSON_TEXT, timeout: stepTimeout(call) })
    } catch (error) {
      if (isNamed(error, 'DocumentNotFoundError')) return null
      throw error
    }
  }

  /** Sends a write. Returns false if the server refused it with one of these errors, and did nothing. */
  async send(call: Call, write: Write, ...refusals: string[]): Promise<boolean> {
    const { durability } = this.options
    const options = { transcoder: JSON_TEXT, timeout: stepTimeout(call) }
    call.assertInTime()
    call.sent = true
    try {
      await write(this.#collection, durability === 0 ? options : { ...options, durabilityLevel: durability })
      return true
    } catch (error) {
      if (isRefusal(error)) call.sent = false
      if (isNamed(error, ...refusals)) return false
      throw error
    }
  }

  /** Runs a statement that reads; the index catches up with every write before it. Makes the indexes that it needs. */
  async query({ text, parameters }: Statement, call: Call): Promise<unknown[]> {
    if (this.options.createIndexes) this.#indexes ??= this.#makeIndexes(call)
    await this.#indexes
    const scanConsistency = 'request_plus' as QueryScanConsistency
    const options = { parameters, scanConsistency, readOnly: true, timeout: stepTimeout(call) }
    return (await this.#cluster.query(text, options)).rows
  }

  async #makeIndexes(call: Call): Promise<void> {
    try {
      for (const statement of indexStatements(this.options)) {
        await this.#cluster.query(statement, { timeout: stepTimeout(call) })
      }
    } catch (error) {
      this.#indexes = undefined
      throw indexError(error, this.calls.timeout)
    }
  }
}

/** What the client may take for the next step, in ms: a little less than is left, so that it can still say what is wrong. */
function stepTimeout(call: Call): number {
  return Math.max(1, Math.floor(call.timeLeft * 0.9))
}

function connectTo({ connectionString, username, password }: Server, call: Call, library?: CouchbaseLibrary) {
  const given = library as typeof import('couchbase') | undefined
  const couchbase = loadClient(['couchbase'], module.filename, given).exports
  const timeout = stepTimeout(call)
  const timeouts = { bootstrapTimeout: timeout, resolveTimeout: timeout, connectTimeout: timeout }
  return couchbase.connect(connectionString, { username, password, timeouts })
}
