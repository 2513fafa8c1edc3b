import { promisify } from 'node:util'
import { CouchbaseDatabank, type CouchbaseParams } from '../src/index.ts'

/** In ms. */
const PATIENCE = 10_000

/** Opens a bank with more time than a busy machine needs. The stand-in may leave a client unanswered: then another one. */
export async function connected(params: CouchbaseParams): Promise<CouchbaseDatabank> {
  const open = async () => {
    const bank = new CouchbaseDatabank({ timeout: PATIENCE, ...params })
    await promisify(bank.connect.bind(bank))({})
    return bank
  }
  return open().catch((error: Error) => {
    if (!error.message.includes('no answer')) throw error
    return open()
  })
}

export function disconnected(bank: CouchbaseDatabank): Promise<void> {
  return promisify(bank.disconnect.bind(bank))()
}
