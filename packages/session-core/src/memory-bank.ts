import { promisify } from 'node:util'
import {
  type BankConnection,
  type Callback,
  checkDriverOptions,
  type Databank,
  DatabankBase,
  settleOrReturn,
} from '@sessionbank/databank-kit'

const PARAMS = { data: true, url: true, schema: true, driver: true } as const

/** Makes a bank of databank's own memory driver, which knows callbacks only, and gives it the promises of our drivers. */
export function memoryBank(params: object): Databank & BankConnection {
  checkDriverOptions('memory', params, PARAMS)
  const bank = DatabankBase.get('memory', params) as Databank & { connected: boolean }
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
