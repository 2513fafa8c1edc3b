import { promisify } from 'node:util'
import { PostgresDatabank, type PostgresParams } from '../src/index.ts'

export async function connected(params: PostgresParams): Promise<PostgresDatabank> {
  const bank = new PostgresDatabank(params)
  await promisify(bank.connect.bind(bank))({})
  return bank
}

export function disconnected(bank: PostgresDatabank): Promise<void> {
  return promisify(bank.disconnect.bind(bank))()
}
