import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { JournalRecords } from './journal-records.ts'
import { checkedOptions, type JournalParams, type Options } from './options.ts'

/**
 * A databank in one file, which several processes may use at once. As an example it is simple: the file only grows, and
 * each connection keeps all records in memory.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 */
export class JournalDatabank extends DriverDatabank {
  static readonly driverName = 'journal'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: JournalParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
  }

  protected override async _open(): Promise<void> {
    this.#connection = await Connection.open(this.#options)
  }

  protected override async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected override _records(type: string): Records {
    return new JournalRecords(this.#connection as Connection, type, this.indicesOf(type))
  }
}

JournalDatabank.register()
