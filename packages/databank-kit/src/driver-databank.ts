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
 * Implements all of databank's callback API on a driver's {@link Records}. A driver extends this class by three
 * methods, `_open`, `_close` and `_records`, and does not handle callbacks or databank's errors.
 *
 * @example
 * ```ts
 * class JournalDatabank extends DriverDatabank {
 *   static readonly driverName = 'journal'
 *   readonly #client = new JournalClient() // of your database
 *   protected override _open() { return this.#client.connect() }
 *   protected override _close() { return this.#client.close() }
 *   protected override _records(type: string) { return this.#client.records(type) }
 * }
 * await using bank = await JournalDatabank.open()
 * ```
 */
export abstract class DriverDatabank extends CallbackDatabank implements Databank, BankConnection {
  /** The types of this bank and their indexes, from its params. */
  readonly schema: Schema
  readonly #retry: number
  #state: State = 'closed'
  /** The last connect or disconnect. */
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
   * Opens a bank. Returns it connected, as `openDatabank` does for a URL. Use this in a bundle, because the bundler can
   * then see which driver is needed.
   *
   * @param params the driver's params, such as `{ url }`
   * @throws InvalidOptionError if a param is invalid
   * @throws MissingClientError if the client that the driver needs is not installed
   * @throws ConnectError, whose message says what to check; nothing is left open
   * @example
   * ```ts
   * import { DiskDatabank } from '@sessionbank/databank-disk'
   *
   * await using bank = await DiskDatabank.open({ dir: './sessions' }) // disconnects at the end of the block
   * ```
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
   * Opens the database. Rejects with a ConnectError whose message says what to check, and leaves nothing open. Called
   * again if that error is transient, as long as the option `retry` allows.
   */
  protected abstract _open(): Promise<void>

  /** Waits for running calls, then closes the database. */
  protected abstract _close(): Promise<void>

  /** Returns the records of a type; called once for each type and connection, while the bank is open. */
  protected abstract _records(type: string): Records

  /** True from the end of `connect` to the start of `disconnect`. */
  get connected(): boolean {
    return this.#state === 'open'
  }

  /**
   * Checks whether the database answers. By default it reads a record that does not exist, in the same way as a request
   * does. A bank with several servers asks each server that it needs.
   */
  protected async _ping(): Promise<void> {
    await this.#open(COVERAGE_TYPE).read('ping')
  }

  /** Returns the indexed fields of a type. */
  protected override indicesOf(type: string): readonly string[] {
    return (Object.hasOwn(this.schema, type) ? this.schema[type]?.indices : undefined) ?? []
  }

  /**
   * Returns the records of a type. May be called before `connect`, but then their calls reject with NotConnectedError.
   */
  override records(type: string): Records {
    if (typeof type !== 'string' || type === '')
      throw new InvalidOptionError('a databank type must be a non-empty string')
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

  /** Resolves if the database answers a read within `timeout`. Rejects with the error that a read would get. */
  ping(): Promise<void>
  /** Same as above, by callback. */
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

  /** Disconnects if the bank is connected. First waits for a running connect or disconnect, and ignores its error. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#state === 'opening' || this.#state === 'closing') await this.#change.catch(() => {})
    if (this.#state === 'open') await this.#disconnect()
  }
}
