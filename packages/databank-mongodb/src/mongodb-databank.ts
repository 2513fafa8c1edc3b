import { ConnectError, DriverDatabank, type Records } from '@sessionbank/databank-kit'
import type { Collection, Db, MongoClient } from 'mongodb'
import { Calls } from './calls.ts'
import { collectionName } from './collection-name.ts'
import { connectErrorAt } from './connect-error.ts'
import { indexRefusal } from './failures.ts'
import { makeIndexes } from './indexes.ts'
import { MongodbRecords, type MongodbRecordsOptions } from './mongodb-records.ts'
import { OwnClient } from './own-client.ts'
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
 * @throws InvalidOptionError from the constructor where a param cannot be used.
 * @example
 * const bank = Databank.get('mongodb', { url: 'mongodb://localhost/app' })
 * bank.connect({}, (error) => { … })
 */
export class MongodbDatabank extends DriverDatabank {
  readonly #params: ReturnType<typeof checkedParams>
  #own: OwnClient | undefined
  #calls: Calls | undefined
  #indexed = new Map<string, Promise<void>>()

  constructor(params: MongodbParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    Object.keys(this.schema).forEach(collectionName)
  }

  protected override async _open(): Promise<void> {
    const { url, timeout } = this.#params
    const own = url === undefined ? undefined : new OwnClient(url, timeout)
    const calls = new Calls({ timeout, resends: !own, onUnreachable: () => this.#own?.renew() })
    let connecting: Promise<unknown> = Promise.resolve()
    try {
      await calls.run(async () => {
        connecting = own?.current.connect() ?? connecting
        await connecting
        await this.#check(this.#dbOf(own))
      }, connectErrorAt(own?.current))
    } catch (error) {
      await own?.close()
      // One that was still looking up its host opens connections after all.
      connecting.then(() => own?.close()).catch(() => {})
      throw error
    }
    this.#own = own
    this.#calls = calls
  }

  async #check(db: Db): Promise<void> {
    // Without an answer nobody can know whether a condition held.
    if (db.writeConcern?.w === 0) throw new ConnectError('writes are not acknowledged: take w=0 out of `url`')
    await db.command({ ping: 1 })
    // Everybody may ping; whether the user may use the database shows in a collection of it.
    const [type] = Object.keys(this.schema)
    if (type !== undefined) await collectionIn(db, type).findOne({})
  }

  protected override async _close(): Promise<void> {
    await this.#calls?.idle()
    this.#indexed.clear()
    await this.#own?.close()
  }

  protected override _records(type: string): Records {
    const calls = this.#calls as Calls
    const collection = this.#collectionOf(type)
    return new MongodbRecords({
      collection: collection as unknown as MongodbRecordsOptions['collection'],
      calls,
      indices: this.indicesOf(type),
      pkey: Object.hasOwn(this.schema, type) ? this.schema[type]?.pkey : undefined,
      ready: () => this.#indexed.get(type) ?? this.#makeIndexesOnce(type, collection, calls),
    })
  }

  /** Before the first write of a type; after a failure, before the next one again. */
  #makeIndexesOnce(type: string, collection: () => Collection<never>, calls: Calls): Promise<void> {
    if (!this.#params.createIndexes) return Promise.resolve()
    const made = calls.run(() => makeIndexes(collection(), this.indicesOf(type)), indexRefusal)
    this.#indexed.set(type, made)
    made.catch(() => this.#indexed.delete(type))
    return made
  }

  #dbOf(own: OwnClient | undefined): Db {
    const { client, db } = this.#params
    return typeof db === 'object' ? db : ((own?.current ?? client) as MongoClient).db(db)
  }

  /** Gives the same collection until the client is another. */
  #collectionOf(type: string): () => Collection<never> {
    let client = this.#own?.current
    let collection = collectionIn(this.#dbOf(this.#own), type)
    return () => {
      if (client !== this.#own?.current) {
        client = this.#own?.current
        collection = collectionIn(this.#dbOf(this.#own), type)
      }
      return collection
    }
  }
}

function collectionIn(db: Db, type: string): Collection<never> {
  return db.collection(collectionName(type), { ...PLAIN, writeConcern: db.writeConcern ?? { w: 'majority' } })
}
