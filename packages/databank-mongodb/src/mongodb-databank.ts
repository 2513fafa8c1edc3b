import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { MongodbRecords } from './mongodb-records.ts'
import { checkedParams, collectionName, type MongodbParams } from './options.ts'

/**
 * A databank in MongoDB: a collection for each type, a document for each record.
 *
 * @throws InvalidOptionError from the constructor if a param cannot be used
 * @example
 * const bank = Databank.get('mongodb', { url: 'mongodb://localhost/app' })
 * bank.connect({}, (error) => { … })
 */
export class MongodbDatabank extends DriverDatabank {
  readonly #params: ReturnType<typeof checkedParams>
  #connection: Connection | undefined

  constructor(params: MongodbParams = {}) {
    super(params)
    this.#params = checkedParams(params)
    Object.keys(this.schema).forEach(collectionName)
  }

  protected override async _open(): Promise<void> {
    const connection = new Connection(this.#params)
    await connection.open(Object.keys(this.schema))
    this.#connection = connection
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    collectionName(type)
    const { createIndexes } = this.#params
    return new MongodbRecords(this.#connection as Connection, { type, indices: this.indicesOf(type), createIndexes })
  }
}
