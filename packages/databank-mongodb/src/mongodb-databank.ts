import { ConnectError, DriverDatabank, type Records } from '@sessionbank/databank-kit'
import type { Collection, Db, MongoClient, MongoClientOptions } from 'mongodb'
import { Calls } from './calls.ts'
import { collectionName } from './collection-name.ts'
import { connectErrorAt, unusableUrl } from './connect-error.ts'
import { refusal } from './failures.ts'
import { makeIndexes } from './indexes.ts'
import { MongodbRecords, type MongodbRecordsOptions } from './mongodb-records.ts'
import { checkedParams, type MongodbParams } from './params.ts'

/** However the client was set up, documents come back as plain values, from the one server that knows the latest. */
const PLAIN = {
  readPreference: 'primary',
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
  ignoreUndefined: false,
} as const

/**
 * A databank in MongoDB: a collection for each type, a document for each record.
 *
 * @throws InvalidParamsError from the constructor where a param cannot be used.
 * @example
 * const bank = Databank.get('mongodb', { url: 'mongodb://localhost/app' })
 * bank.connect({}, (error) => { … })
 */
export class MongodbDatabank extends DriverDatabank {
  readonly #params: ReturnType<typeof checkedParams>
  #own: MongoClient | undefined
  #db: Db | undefined
  #calls: Calls | undefined
  #indexed = new Map<string, Promise<void>>()

  constructor(params: MongodbParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    Object.keys(this.schema).forEach(collectionName)
  }

  protected override async _open(): Promise<void> {
    const { url, client, db, timeout } = this.#params
    const own = url === undefined ? undefined : clientFor(url, timeout)
    const calls = new Calls(timeout, { resends: !own })
    let connecting: Promise<unknown> = Promise.resolve()
    try {
      await calls.run(async () => {
        connecting = own?.connect() ?? connecting
        await connecting
        this.#db = typeof db === 'object' ? db : ((own ?? client) as MongoClient).db(db)
        checkWriteConcern(this.#db)
        await this.#db.command({ ping: 1 })
        // Everybody may ping; whether the user may use the database shows in a collection of it.
        const [type] = Object.keys(this.schema)
        if (type !== undefined) await this.#collection(type).findOne({})
      }, connectErrorAt(own))
    } catch (error) {
      await own?.close(true)
      // One that was still looking up its host opens connections after all.
      connecting.then(() => own?.close(true)).catch(() => {})
      throw error
    }
    this.#own = own
    this.#calls = calls
  }

  protected override async _close(): Promise<void> {
    await this.#calls?.idle()
    this.#indexed.clear()
    await this.#own?.close(true)
  }

  protected override _records(type: string): Records {
    const calls = this.#calls as Calls
    return new MongodbRecords({
      collection: this.#collection(type) as unknown as MongodbRecordsOptions['collection'],
      calls,
      indices: this.indicesOf(type),
      pkey: Object.hasOwn(this.schema, type) ? this.schema[type]?.pkey : undefined,
      ready: () => this.#indexed.get(type) ?? this.#makeIndexesOnce(type, calls),
    })
  }

  #collection(type: string): Collection<never> {
    const db = this.#db as Db
    return db.collection(collectionName(type), { ...PLAIN, writeConcern: db.writeConcern ?? { w: 'majority' } })
  }

  /** Before the first write of a type; after a failure, before the next one again. */
  #makeIndexesOnce(type: string, calls: Calls): Promise<void> {
    if (!this.#params.createIndexes) return Promise.resolve()
    const made = calls.run(() => makeIndexes(this.#collection(type), this.indicesOf(type)), refusal)
    this.#indexed.set(type, made)
    made.catch(() => this.#indexed.delete(type))
    return made
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

/** Without an answer nobody can know whether a condition held. */
function checkWriteConcern({ writeConcern }: Db): void {
  if (writeConcern?.w === 0) throw new ConnectError('writes are not acknowledged: take w=0 out of `url`')
}
