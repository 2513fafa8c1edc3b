import { CouchbaseDatabank } from '@sessionbank/databank-couchbase'
import type { DriverDatabank } from '@sessionbank/databank-kit'
import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { PostgresDatabank } from '@sessionbank/databank-postgres'
import { RedisDatabank } from '@sessionbank/databank-redis'
import { openDatabank } from '@sessionbank/session-core'
import * as servers from '@sessionbank/test-servers'

/** For how long a bank tries to open; only a hang takes that long, in ms. */
const RETRY = 100_000

type Driver = new (params: { url: string; retry?: number; timeout?: number }) => DriverDatabank

const BANKS: [kind: servers.ServerKind, Driver][] = [
  [servers.redis, RedisDatabank],
  [servers.redisSentinel, RedisDatabank],
  [servers.redisCluster, RedisDatabank],
  [servers.postgres, PostgresDatabank],
  [servers.mongodb, MongodbDatabank],
  [servers.couchbase, CouchbaseDatabank],
]

/** Resolves with the error of the first attempt to open a bank that fails. */
function firstFailure(bank: DriverDatabank): Promise<unknown> {
  const open: () => Promise<void> = Reflect.get(bank, '_open')
  return new Promise((resolve) => {
    const _open = () =>
      open.call(bank).catch((error) => {
        resolve(error)
        throw error
      })
    Object.assign(bank, { _open })
  })
}

describe.each(BANKS)('a server that is away', (kind, Driver) => {
  servers.describeWith(kind, (server) => {
    it('is waited for with `retry` while a bank is opened', async () => {
      await server().halt()
      const bank = new Driver({ url: server().url, retry: RETRY, timeout: 2_000 })
      const failed = firstFailure(bank)
      const opened = bank.connect()
      expect(await failed).toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED', isTransient: true })
      await server().resume()
      await opened
      expect(await bank.records('session').read('nobody')).toBeNull()
      await bank.disconnect()
    })
  })
})

servers.describeWith(servers.redis, (server) => {
  it('openDatabank tells how often and how long it has tried', async () => {
    const url = `redis://127.0.0.1:${await servers.freePort()}`
    await expect(openDatabank(url, { retry: 500 })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/ECONNREFUSED.* \(tried \d+ times in \d+\.\d s\)$/),
    })
  })

  it('openDatabank does not try again with a wrong password', async () => {
    const url = server().url.replace('//', '//ann:wrong@')
    const failure = await openDatabank(url, { retry: RETRY }).catch((error) => error)
    expect(failure.message).toContain('refuses the user or password')
    expect(failure.message).not.toContain('tried')
  })
})

servers.describeWith(servers.postgres, (server) => {
  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['a database that is not there', { pathname: '/nowhere' }],
  ])('openDatabank does not try again with %s', async (_, changed) => {
    const url = Object.assign(new URL(server().url), changed)
    const failure = await openDatabank(url.href, { retry: RETRY }).catch((error) => error)
    expect(failure).toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED', isTransient: false })
    expect(failure.message).not.toContain('tried')
  })
})
