import { DriverDatabank, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { Evictions } from './evictions.ts'
import { MemoryRecords } from './memory-records.ts'
import { checkedOptions, type MemoryParams, type Options } from './options.ts'

/**
 * A databank in the memory of this process. It keeps records until it is disconnected, and grows without a limit unless
 * `maxRecords` or `maxTotalBytes` is set.
 *
 * @throws InvalidOptionError from the constructor if an option is invalid
 * @example
 * ```ts
 * const bank = await MemoryDatabank.open({ maxRecords: 100_000 })
 * ```
 */
export class MemoryDatabank extends DriverDatabank {
  /** The name `memory` belongs to databank's own driver. */
  static readonly driverName = 'sessionbank-memory'

  readonly #options: Options
  readonly #evictions = new Evictions()
  #connection: Connection | undefined

  constructor(params: MemoryParams = {}) {
    super(params)
    this.#options = checkedOptions(params)
  }

  protected override async _open(): Promise<void> {
    this.#connection = new Connection(this.#options, this.#evictions)
    for (const [type, values] of this.#options.data) {
      const records = this._records(type)
      for (const { id, json, expires } of values) await records.write(id, json, { expires })
    }
  }

  protected override async _close(): Promise<void> {
    this.#connection?.close()
    this.#connection = undefined
  }

  protected override _records(type: string): Records {
    return new MemoryRecords(this.#connection as Connection, type, this.indicesOf(type))
  }

  /**
   * Calls the listener with the number of live records of a type that were removed because of `maxRecords` or
   * `maxTotalBytes`, at most once per turn of the event loop. May be called before `connect`.
   *
   * @returns a function that removes the listener
   */
  onEvicted(type: string, listener: (count: number) => void): () => void {
    return this.#evictions.listen(type, listener)
  }
}
