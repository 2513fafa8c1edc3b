import { promisify } from 'node:util'
import { CouchbaseDatabank, type CouchbaseParams } from '../src/index.ts'

export async function connected(params: CouchbaseParams): Promise<CouchbaseDatabank> {
  const bank = new CouchbaseDatabank(params)
  await promisify(bank.connect.bind(bank))({})
  return bank
}

export function disconnected(bank: CouchbaseDatabank): Promise<void> {
  return promisify(bank.disconnect.bind(bank))()
}
