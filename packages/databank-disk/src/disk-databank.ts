import {
  type Callback,
  DriverDatabank,
  NotConnectedError,
  type Records,
  settleOrReturn,
} from '@sessionbank/databank-kit'
import { backupFolderOf } from './backup.ts'
import { Connection } from './connection.ts'
import { DiskRecords } from './disk-records.ts'
import { typeError } from './failures.ts'
import { checkedOptions, type DiskParams, type Options } from './options.ts'

/**
 * A databank in a folder of this machine. Several banks and processes may have the same folder open; killing a process
 * harms neither the data nor the other processes. A write is acknowledged when it is on disk.
 *
 * @throws InvalidOptionError from the constructor if the options name no folder
 * @example
 * ```ts
 * const bank = await DiskDatabank.open({
 *   dir: './sessions',
 *   schema: { session: { pkey: 'sid', indices: ['user.id'] } },
 * })
 * ```
 */
export class DiskDatabank extends DriverDatabank {
  /** The name for `Databank.get` of the npm package `databank`. */
  static readonly driverName = 'disk'

  readonly #options: Options
  #connection: Connection | undefined

  constructor(params: DiskParams = {}) {
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
    try {
      return new DiskRecords(this.#connection as Connection, type, this.indicesOf(type))
    } catch (error) {
      throw typeError(error)
    }
  }

  /**
   * Copies the bank into another folder while this and other processes use it. The copy holds every write acknowledged
   * before the call, but no free space, and can be opened like any other bank. `disconnect` waits for running backups.
   *
   * @param folder a new or an empty folder; relative to the working directory
   * @returns nothing if there is a callback, else a promise that resolves when the copy is on disk. Await the promise:
   *   otherwise its error is dropped, as with `connect`
   * @throws InvalidOptionError if `folder` is not a path
   * @throws OperationError if the folder is not empty or cannot be written; it is then restored to its former state
   * @example
   * ```ts
   * const bank = await DiskDatabank.open({ dir: './sessions' })
   * await bank.backup('./backups/monday')
   * ```
   */
  backup(folder: string): Promise<void>
  backup(folder: string, onCompletion: Callback): void
  backup(folder: string, onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.#backup(folder), onCompletion)
  }

  async #backup(folder: string): Promise<void> {
    const target = backupFolderOf(folder)
    if (!this.connected) throw new NotConnectedError()
    await this.#connection?.backUp(target)
  }
}
