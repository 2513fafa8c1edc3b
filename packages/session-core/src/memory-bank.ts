import { promisify } from 'node:util'
import {
  appDatabank,
  type BankConnection,
  type Callback,
  checkDriverOptions,
  checkedTimeout,
  checkSchema,
  type Databank,
  settleOrReturn,
} from '@sessionbank/databank-kit'
import { MissingDriverError } from './errors.ts'

/** `timeout` does nothing here: every other driver has it, and an app changes one for another by the URL alone. */
const PARAMS = { data: true, url: true, timeout: true, schema: true, driver: true } as const

/**
 * Makes a bank of databank's own memory driver, which knows callbacks only, and gives it the promises of our drivers.
 *
 * @throws MissingDriverError if the app does not have the npm package `databank`
 */
export function memoryBank(params: { schema?: unknown; timeout?: unknown }): Databank & BankConnection {
  checkDriverOptions('memory', params, PARAMS)
  checkedTimeout('memory', params.timeout)
  checkSchema(params.schema)
  const databank = appDatabank()
  if (!databank) throw new MissingDriverError('memory:', 'databank')
  const bank = databank.Databank.get('memory', params) as Databank & { connected: boolean }
  const connect = promisify<object>(bank.connect.bind(bank) as Databank['connect'])
  const disconnect = promisify(bank.disconnect.bind(bank) as Databank['disconnect'])
  const connection = {
    connect: (params?: object, onCompletion?: Callback) => settleOrReturn(connect(params ?? {}), onCompletion),
    disconnect: (onCompletion?: Callback) => settleOrReturn(disconnect(), onCompletion),
    async [Symbol.asyncDispose]() {
      if (bank.connected) await disconnect()
    },
  } as BankConnection
  return Object.assign(bank, connection)
}
