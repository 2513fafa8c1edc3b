import { promisify } from 'node:util'
import { CouchbaseDatabank, type CouchbaseParams } from '../src/index.ts'

/** In ms. */
const PATIENCE = 10_000

/** Opens a bank with a timeout long enough for a busy machine. Tries again if the stand-in does not answer. */
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
