import { CallbackDatabank } from './callback-databank.ts'
import { ConnectedRecords } from './connected-records.ts'
import {
  AlreadyConnectedError,
  type BankConnection,
  type Callback,
  type Databank,
  type DriverOptions,
  NotConnectedError,
  type Schema,
} from './databank.ts'
import { InvalidOptionError } from './errors.ts'
import { COVERAGE_TYPE } from './index-coverage.ts'
import { checkedRetry, openAgain } from './open-again.ts'
import { isOwnType } from './own-types.ts'
import type { Records } from './records.ts'
import { RecordsBase } from './records-base.ts'
import { checkSchema } from './schema.ts'
import { settleOrReturn } from './settle.ts'

type State = 'closed' | 'opening' | 'open' | 'closing'

/**
 * Databank's whole callback API over a driver's {@link Records}. A driver extends this class with three methods, `_open`,
 * `_close` and `_records`, and has nothing else to do with callbacks or with databank's errors.
 *
 * @example
 * class DiskDatabank extends DriverDatabank {
 *   static readonly driverName = 'disk'
 *   …
 * }
 * DiskDatabank.register()
 */
export abstract class DriverDatabank extends CallbackDatabank implements Databank, BankConnection {
  /** The types of this bank and their indexes, as its params have them. */
  readonly schema: Schema
  readonly #retry: number
  #state: State = 'closed'
  /** The last opening or closing. */
  #change: Promise<void> = Promise.resolve()
  #records = new Map<string, Records>()

  constructor(params: DriverOptions = {}) {
    super()
    if (typeof params !== 'object' || params === null) {
      throw new InvalidOptionError(
        `databank params must be an object such as { url }, not ${params === null ? 'null' : typeof params}`,
      )
    }
    this.schema = params.schema ?? {}
    checkSchema(this.schema)
    this.#retry = checkedRetry(params.retry)
  }

  /**
   * Opens a bank and returns it connected, as `openDatabank` does with a URL. In a bundle this is the way: the bundler sees
   * which driver is needed.
   *
   * @param params the driver's own, such as `{ url }`
   * @throws InvalidOptionError if a param cannot be used
   * @throws MissingClientError if the client that the driver needs is not installed
   * @throws ConnectError that says what to check; nothing is left open then
   * @example await using bank = await DiskDatabank.open({ dir: './sessions' })
   */
  static async open<Driver extends new (...params: never[]) => DriverDatabank>(
    this: Driver,
    ...params: ConstructorParameters<Driver>
  ): Promise<InstanceType<Driver>> {
    const bank = new this(...(params as never[])) as InstanceType<Driver>
    await bank.connect()
    return bank
  }

  /**
   * Opens the database. Rejects with a ConnectError that says what to check, and leaves nothing open then. Called again, for
   * as long as the option `retry` says, if that is transient.
   */
  protected abstract _open(): Promise<void>

  /** Waits for the calls under way, then closes the database. */
  protected abstract _close(): Promise<void>

  /** Returns the records of a type; called once for each type and connection, while the bank is open. */
  protected abstract _records(type: string): Records

  /** True from the end of `connect` until `disconnect` begins. */
  get connected(): boolean {
    return this.#state === 'open'
  }

  /**
   * Looks whether the database answers. By default it reads a record that is not there, the way that every request goes; a
   * bank of several servers asks each that it needs.
   */
  protected async _ping(): Promise<void> {
    await this.#open(COVERAGE_TYPE).read('ping')
  }

  /** Returns the fields of a type that the schema wants indexed. */
  protected override indicesOf(type: string): readonly string[] {
    return (Object.hasOwn(this.schema, type) ? this.schema[type]?.indices : undefined) ?? []
  }

  /** Returns the records of a type. May be called before `connect`; their calls reject with NotConnectedError until then. */
  override records(type: string): Records {
    if (typeof type !== 'string' || type === '') throw new InvalidOptionError('a databank type is a non-empty string')
    return new ConnectedRecords(() => this.#open(type))
  }

  #open(type: string): Records {
    if (this.#state !== 'open') throw new NotConnectedError()
    let records = this.#records.get(type)
    if (!records) {
      records = this._records(type)
      if (records instanceof RecordsBase && !isOwnType(type)) records.keepCoverage(type, this.records(COVERAGE_TYPE))
      this.#records.set(type, records)
    }
    return records
  }

  connect(params?: Record<string, unknown>): Promise<void>
  connect(params: object, onCompletion: Callback): void
  connect(_params?: object, onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.explained(this.#connect()), onCompletion)
  }

  async #connect(): Promise<void> {
    if (this.#state !== 'closed') throw new AlreadyConnectedError()
    this.#change = this.#opened()
    await this.#change
  }

  async #opened(): Promise<void> {
    this.#state = 'opening'
    try {
      await openAgain(() => this._open(), this.#retry)
      this.#state = 'open'
    } catch (error) {
      this.#state = 'closed'
      throw error
    }
  }

  /** Resolves if the database answers reads now, within `timeout`; rejects with the error that a read would get. */
  ping(): Promise<void>
  /** The same, by callback. */
  ping(onCompletion: Callback): void
  ping(onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.explained(this.#ping()), onCompletion)
  }

  async #ping(): Promise<void> {
    if (this.#state !== 'open') throw new NotConnectedError()
    await this._ping()
  }

  disconnect(): Promise<void>
  disconnect(onCompletion: Callback): void
  disconnect(onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.explained(this.#disconnect()), onCompletion)
  }

  async #disconnect(): Promise<void> {
    if (this.#state !== 'open') throw new NotConnectedError()
    this.#change = this.#closed()
    await this.#change
  }

  async #closed(): Promise<void> {
    this.#state = 'closing'
    try {
      await this._close()
    } finally {
      this.#records.clear()
      this.#state = 'closed'
    }
  }

  /** Waits for a connect or disconnect under way, whose error its own caller gets; then disconnects if there is need. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#state === 'opening' || this.#state === 'closing') await this.#change.catch(() => {})
    if (this.#state === 'open') await this.#disconnect()
  }
}
