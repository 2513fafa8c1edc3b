import { randomBytes } from 'node:crypto'
import * as servers from '@sessionbank/test-servers'
import { type OpenBank, openDatabank } from '../src/index.ts'
import { promiseLifetimeLimit } from './lifetime-limit.ts'
import { promiseOrder } from './model-promise.ts'

const KINDS = ['redis', 'redisCluster', 'postgres', 'mongodb', 'couchbase']

for (const name of KINDS) {
  const kind = (servers as unknown as Record<string, servers.ServerKind | undefined>)[name]
  if (!kind) continue
  servers.describeWith(kind, (server) => {
    let bank: OpenBank | undefined
    afterAll(async () => new Promise((resolve) => (bank ? bank.disconnect(resolve) : resolve(null))))

    const open = () => openDatabank(server().url)

    promiseOrder({ open, clock: 'server', runs: servers.rounds(8, 25) })
    if (servers.inFull) {
      describe('hashed and sealed', () => {
        const options = { hashIds: true, encryption: { keys: [randomBytes(32)] } }
        promiseOrder({ open, clock: 'server', runs: 25, options })
      })
    }
    promiseLifetimeLimit(async () => {
      bank = await openDatabank(server().url)
      return bank
    })
  })
}
