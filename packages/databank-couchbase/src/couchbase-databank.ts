import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { CouchbaseRecords } from './couchbase-records.ts'
import { type CouchbaseParams, checkedOptions, type Options } from './options.ts'
import { keyPrefix } from './stored-form.ts'

/**
 * A databank in a collection of Couchbase: a document for each record.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 * @example
 * ```ts
 * const bank = await CouchbaseDatabank.open({ url: 'couchbase://app:secret@localhost/sessions' })
 * ```
 */
export class CouchbaseDatabank extends DriverDatabank {
  /** The name for `Databank.get` of the npm package `databank`. */
  static readonly driverName = 'couchbase'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: CouchbaseParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
    Object.keys(this.schema).forEach(keyPrefix)
  }

  protected override async _open(): Promise<void> {
    this.#connection = await Connection.open(this.#options)
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    return new CouchbaseRecords(this.#connection as Connection, type, this.indicesOf(type))
  }
}
