import { promisify } from 'node:util'
import { CouchbaseDatabank, type CouchbaseParams } from '../src/index.ts'

/** With more time than a busy machine needs. */
export async function connected(params: CouchbaseParams): Promise<CouchbaseDatabank> {
  const bank = new CouchbaseDatabank({ timeout: 20_000, ...params })
  await promisify(bank.connect.bind(bank))({})
  return bank
}

export function disconnected(bank: CouchbaseDatabank): Promise<void> {
  return promisify(bank.disconnect.bind(bank))()
}
