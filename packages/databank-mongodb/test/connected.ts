import { promisify } from 'node:util'
import { MongodbDatabank, type MongodbParams } from '../src/index.ts'

/** Opens a bank with a timeout long enough for a busy machine. */
export async function connected(params: MongodbParams): Promise<MongodbDatabank> {
  const bank = new MongodbDatabank({ timeout: 20_000, ...params })
  await promisify(bank.connect.bind(bank))({})
  return bank
}

export function disconnected(bank: MongodbDatabank): Promise<void> {
  return promisify(bank.disconnect.bind(bank))()
}
