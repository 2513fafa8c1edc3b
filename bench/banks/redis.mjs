import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { redis } from '@sessionbank/test-servers'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { storeContestant } from '../store-contestant.mjs'

export const title = 'Redis: `redis://host`'
export const operations = ['set', 'get', 'touch', 'save', 'destroy']
export const start = () => redis.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    const close = () => new Promise((resolve) => bank.disconnect(resolve))
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close }
  })
}

export function peers({ url }) {
  const peer = storeContestant('connect-redis', async () => {
    const client = await createClient({ url }).connect()
    return { store: new RedisStore({ client }), close: () => client.close() }
  })
  return [{ contestant: peer, goals: { set: 1.4, get: 1.3, touch: 1.2, save: 1, destroy: 2 } }]
}
