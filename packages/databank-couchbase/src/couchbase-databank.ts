import { ConnectError, DriverDatabank, loadClient, type Records } from '@sessionbank/databank-kit'
import type { Cluster, Collection, QueryScanConsistency } from 'couchbase'
import { Calls, type Turn } from './calls.ts'
import { connectErrorAt } from './connect-error.ts'
import { CouchbaseRecords } from './couchbase-records.ts'
import { indexRefusal, isNamed } from './failures.ts'
import { type CheckedParams, type CouchbaseParams, checkedParams, type Server } from './params.ts'
import { keyPrefix } from './record-key.ts'
import { indexStatements, type Statement } from './statements.ts'

/** No record lies there: a key of a type would have a colon. */
const PROBE = 'databank'

/** What is acknowledged must be found: the index catches up before it answers. */
const REQUEST_PLUS = 'request_plus' as QueryScanConsistency

/**
 * A databank in a collection of Couchbase: a document for each record.
 *
 * @throws InvalidOptionError from the constructor where a param cannot be used.
 * @example
 * const bank = Databank.get('couchbase', { url: 'couchbase://app:secret@localhost/sessions' })
 * bank.connect({}, (error) => { … })
 */
export class CouchbaseDatabank extends DriverDatabank {
  readonly #params: CheckedParams
  readonly #calls: Calls
  #own: Cluster | undefined
  #indexed: Promise<void> | undefined

  constructor(params: CouchbaseParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    this.#calls = new Calls(this.#params.timeout)
    Object.keys(this.schema).forEach(keyPrefix)
  }

  protected override async _open(): Promise<void> {
    const progress = { connected: false }
    await this.#calls.run(
      async (turn) => {
        const { server, timeout } = this.#params
        const own = server && (await connectTo(server, timeout, turn))
        progress.connected = true
        this.#own = own
        try {
          await this.#check(turn)
          if (turn.over) throw new Error('opened too late')
        } catch (error) {
          this.#own = undefined
          await own?.close()
          throw error
        }
      },
      connectErrorAt(this.#params, progress),
    )
  }

  async #check(turn: Turn): Promise<void> {
    const collection = this.#collection()
    // The client opens a bucket by and by, and says that there is none by not answering.
    const refusal = await failureOf(collection.get(PROBE, { timeout: turn.timeout }))
    if (refusal && !isNamed(refusal, 'DocumentNotFoundError')) throw refusal
    if (!(await looksAtExpiries(collection, turn))) {
      throw new ConnectError(
        'the couchbase driver needs the package couchbase 4.3.1 or later: an older one loses what lives for over 30 days',
      )
    }
  }

  protected override async _close(): Promise<void> {
    await this.#calls.idle()
    this.#indexed = undefined
    await this.#own?.close()
    this.#own = undefined
  }

  protected override _records(type: string): Records {
    const { bucket, scope, collection, durability } = this.#params
    return new CouchbaseRecords({
      type,
      indices: this.indicesOf(type),
      collection: this.#collection(),
      keyspace: { bucket, scope, collection },
      calls: this.#calls,
      durability,
      query: (statement, turn) => this.#query(statement, turn),
      ready: () => this.#makeIndexesOnce(),
    })
  }

  #cluster(): Cluster {
    return (this.#own ?? this.#params.cluster) as Cluster
  }

  #collection(): Collection {
    const { bucket, scope, collection } = this.#params
    return this.#cluster().bucket(bucket).scope(scope).collection(collection)
  }

  async #query({ text, parameters }: Statement, { timeout }: Turn): Promise<unknown[]> {
    const options = { parameters, scanConsistency: REQUEST_PLUS, readOnly: true, timeout }
    return (await this.#cluster().query(text, options)).rows
  }

  /** Before the first search or listing; after a failure, before the next one again. */
  async #makeIndexesOnce(): Promise<void> {
    if (!this.#params.createIndexes) return
    this.#indexed ??= this.#calls.run((turn) => this.#makeIndexes(turn), indexRefusal)
    try {
      await this.#indexed
    } catch (error) {
      this.#indexed = undefined
      throw error
    }
  }

  async #makeIndexes(turn: Turn): Promise<void> {
    for (const statement of indexStatements(this.#params)) {
      await this.#cluster().query(statement, { timeout: turn.timeout })
    }
  }
}

/**
 * Since 4.3.1 the client makes what Couchbase understands of the span that it is given, and sends no negative one. An
 * older one hands on any number; the touch finds nothing then.
 */
async function looksAtExpiries(collection: Collection, { timeout }: Turn): Promise<boolean> {
  return isNamed(await failureOf(collection.touch(PROBE, -1, { timeout })), 'InvalidArgumentError')
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error) => error,
  )
}

async function connectTo(server: Server, timeout: number, turn: Turn): Promise<Cluster> {
  const couchbase = loadClient<typeof import('couchbase')>(['couchbase'], __filename).exports
  const { connectionString, username, password } = server
  const timeouts = {
    // Less than the timeout, so that the client can still say what is wrong.
    bootstrapTimeout: turn.timeout,
    resolveTimeout: timeout,
    connectTimeout: timeout,
    kvTimeout: timeout,
    kvDurableTimeout: timeout,
    queryTimeout: timeout,
  }
  const cluster = await couchbase.connect(connectionString, { username, password, timeouts })
  if (!turn.over) return cluster
  await cluster.close()
  throw new Error('connected too late')
}
