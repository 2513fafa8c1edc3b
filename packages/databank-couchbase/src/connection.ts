import { type Call, Calls, ConnectError, isNamed, loadClient, openWithin } from '@sessionbank/databank-kit'
import type { Cluster, Collection, GetResult, InsertOptions, QueryScanConsistency, Transcoder } from 'couchbase'
import { checkCertificates } from './certificates.ts'
import { failureOf, indexError, isRefusal, isStarting, openingAdvice } from './failures.ts'
import type { CouchbaseLibrary, Options, Server } from './options.ts'
import { indexStatements, type Statement } from './statements.ts'

/** A key that no record can have, because it has no colon. */
const PROBE = 'databank'
/** Sends and returns documents as text, marked as JSON for other programs. */
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
  /** The creation of the indexes, before the first search or listing. Tried again after a failure. */
  #indexes: Promise<void> | undefined

  constructor(options: Options, cluster: Cluster) {
    const { bucket, scope, collection, timeout } = options
    this.options = options
    this.calls = new Calls({ database: 'Couchbase', timeout, failureOf: (error) => failureOf(error, timeout) })
    this.#cluster = cluster
    this.#collection = cluster.bucket(bucket).scope(scope).collection(collection)
  }

  /** Opens a connection. If that fails, closes everything and rejects with a ConnectError that says what to check. */
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
      server: () => (server ? `Couchbase at ${server.hosts}` : 'Couchbase of `cluster`'),
      adviceOn: (error) => openingAdvice(error, connection !== undefined),
      isTransient: isStarting,
    })
  }

  async #check(call: Call): Promise<void> {
    // The client opens a bucket in the background. If the bucket does not exist, the read gets no answer.
    await this.get(PROBE, call)
    // Since 4.3.1 the client converts an expiry to the form that Couchbase expects, and rejects a negative one. Older
    // versions send any number, and the touch finds no document.
    const touch = this.#collection.touch(PROBE, -1, { timeout: stepTimeout(call) })
    if (isNamed(await touch.catch((error) => error), 'InvalidArgumentError')) return
    throw new ConnectError(
      'the couchbase driver needs the package couchbase 4.3.1 or later: older ones lose records that live over 30 days',
    )
  }

  /** Waits for running calls, then closes the cluster, unless it is the app's. */
  async close(): Promise<void> {
    await this.calls.close()
    if (!this.options.cluster) await this.#cluster.close()
  }

  /** Returns the text of a document with its CAS, or null if there is none. */
  async get(key: string, call: Call): Promise<GetResult | null> {
    try {
      return await this.#collection.get(key, { transcoder: JSON_TEXT, timeout: stepTimeout(call) })
    } catch (error) {
      if (isNamed(error, 'DocumentNotFoundError')) return null
      throw error
    }
  }

  /** Sends a write. Returns false if the server refused it with one of the errors `refusals`. */
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

  /** Runs a reading statement, which sees all earlier writes. Creates the indexes first, if necessary. */
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

/** Returns the client's timeout for the next step, in ms: less than the time left, so that it can report the cause. */
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
