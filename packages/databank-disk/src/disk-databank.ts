import { checkParamNames, DriverDatabank, type ParamNames, type Records } from '@sessionbank/databank-kit'
import { Connection } from './connection.ts'
import { operationError } from './disk-errors.ts'
import { type DiskParams, directoryOf } from './disk-params.ts'
import { DiskRecords } from './disk-records.ts'
import { Environment } from './environment.ts'

export type { DiskParams } from './disk-params.ts'

const PARAMS: ParamNames<DiskParams> = { dir: true, url: true, schema: true, driver: true }

/**
 * A databank in a folder of this machine. Several banks and several processes may have the same folder open; killing one
 * of them harms neither the data nor the others. A write is acknowledged when it is on disk.
 *
 * @throws InvalidParamsError where the params name no folder
 * @example
 * const bank = Databank.get('disk', { dir: './sessions', schema: { session: { pkey: 'sid', indices: ['user'] } } })
 */
export class DiskDatabank extends DriverDatabank {
  readonly #directory: string
  #connection: Connection | undefined

  constructor(params: DiskParams = {}) {
    super(params)
    checkParamNames('disk', params, PARAMS)
    this.#directory = directoryOf(params)
  }

  protected async _open(): Promise<void> {
    this.#connection = new Connection(await Environment.open(this.#directory), this.#directory)
  }

  protected async _close(): Promise<void> {
    await this.#connection?.close()
  }

  protected _records(type: string): Records {
    const connection = this.#connection as Connection
    try {
      return new DiskRecords(connection, connection.environment.table(type), this.indicesOf(type))
    } catch (error) {
      throw operationError(error)
    }
  }
}
