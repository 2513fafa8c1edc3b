import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { redis } from '@sessionbank/test-servers'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { WITHOUT_TIMEOUT } from '../node-redis.mjs'
import { storeContestant } from '../store-contestant.mjs'

export const title = 'Redis: `redis://host`'
export const start = () => redis.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    const close = () => new Promise((resolve) => bank.disconnect(resolve))
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close }
  })
}

export function peers({ url }) {
  const peer = (name, commandOptions) => {
    return storeContestant(name, async () => {
      const client = await createClient({ url, ...commandOptions }).connect()
      return { store: new RedisStore({ client }), close: () => client.close() }
    })
  }
  return [
    { contestant: peer('connect-redis', WITHOUT_TIMEOUT), goals: GOALS },
    { contestant: peer("connect-redis with node-redis' own timeout", {}), goals: GOALS },
  ]
}

const GOALS = {
  64: { set: 1.5, get: 1.5, touch: 1.3, save: 1.1, destroy: 2 },
  8: { set: 1.1, get: 1.1, touch: 1.1, save: 0.95, destroy: 1.5 },
  1: { set: 0.95, get: 0.95, touch: 0.95, save: 0.85, destroy: 0.95 },
}
