import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { redisCluster } from '@sessionbank/test-servers'
import { RedisStore } from 'connect-redis'
import { createCluster } from 'redis'
import { WITHOUT_TIMEOUT } from '../node-redis.mjs'
import { storeContestant } from '../store-contestant.mjs'

export const title = 'Redis Cluster of three masters: `redis+cluster://host,host`'
export const start = () => redisCluster.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    return {
      store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }),
      close: () => bank.disconnect(),
    }
  })
}

export function peers({ nodes }) {
  const peer = storeContestant('connect-redis', async () => {
    const rootNodes = nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
    const client = createCluster({ rootNodes, defaults: WITHOUT_TIMEOUT })
    client.on('error', () => {})
    await client.connect()
    return { store: new RedisStore({ client }), close: () => client.close() }
  })
  return [{ contestant: peer, goals: { 64: each(1), 8: each(1), 1: each(0.9) } }]
}

function each(goal) {
  return { set: goal, get: goal, touch: goal, save: goal, destroy: goal }
}
