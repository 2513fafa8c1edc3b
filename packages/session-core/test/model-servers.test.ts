import * as servers from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'
import { promiseOrder } from './model-promise.ts'

const KINDS = ['redis', 'redisCluster', 'postgres', 'mongodb', 'couchbase']

for (const name of KINDS) {
  const kind = (servers as unknown as Record<string, servers.ServerKind | undefined>)[name]
  if (!kind) continue
  servers.describeWith(kind, (server) => {
    promiseOrder({ open: () => openDatabank(server().url), clock: 'server', runs: 25 })
  })
}
