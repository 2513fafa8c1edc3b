import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { MongodbRecords } from './mongodb-records.ts'
import { checkedOptions, collectionName, type MongodbParams, type Options } from './options.ts'

/**
 * A databank in MongoDB: a collection for each type, a document for each record.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 * @example
 * ```ts
 * const bank = await MongodbDatabank.open({ url: 'mongodb://localhost/app' })
 * ```
 */
export class MongodbDatabank extends DriverDatabank {
  /** The name for `Databank.get` of the npm package `databank`. */
  static readonly driverName = 'mongodb'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: MongodbParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
    Object.keys(this.schema).forEach(collectionName)
  }

  protected override async _open(): Promise<void> {
    this.#connection = await Connection.open(this.#options, Object.keys(this.schema))
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    return new MongodbRecords(this.#connection as Connection, collectionName(type), this.indicesOf(type))
  }
}
