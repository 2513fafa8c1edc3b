import { CouchbaseDatabank } from '@sessionbank/databank-couchbase'
import type { DriverDatabank } from '@sessionbank/databank-kit'
import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { PostgresDatabank } from '@sessionbank/databank-postgres'
import { RedisDatabank } from '@sessionbank/databank-redis'
import { openDatabank } from '@sessionbank/session-core'
import * as servers from '@sessionbank/test-servers'
import { AppFolder } from '../src/documents.ts'

/** Timeout of a read without an answer, in ms. */
const TIMEOUT = 2_000
const NO_ANSWER = { code: expect.stringMatching(/^SESSIONBANK_(TIMEOUT|OPERATION_FAILED)$/) }
/** How long a bank tries to open, in ms. Only a hang takes that long. */
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

/** Resolves with the error of the first failed attempt to open a bank. */
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

interface Freezable {
  url: string
  /** Stops answering; connections stay open. */
  freeze(): Promise<void> | void
  thaw(): void
  close?(): Promise<void>
}

async function freezable(server: servers.TestServer): Promise<Freezable> {
  if ('freeze' in server) return server as servers.CouchbaseServer
  if ('masterOf' in server) return cluster(server as servers.RedisClusterServer)
  let isFrozen = false
  const relay = await servers.relayBefore(server.port, (client, upstream) => {
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => isFrozen || client.write(chunk))
  })
  return {
    url: server.url.replace(`:${server.port}`, `:${relay.port}`),
    freeze() {
      isFrozen = true
    },
    thaw() {
      isFrozen = false
      relay.dropAll()
    },
    close: relay.close,
  }
}

/** Freezes one master of a cluster, which need not be the one of a given key. */
function cluster({ url, masterOf }: servers.RedisClusterServer): Freezable {
  const { pid } = masterOf('any') as servers.RedisProcess
  return { url, freeze: () => void process.kill(pid, 'SIGSTOP'), thaw: () => void process.kill(pid, 'SIGCONT') }
}

/** Resolves when a bank answers again. */
async function answered(bank: DriverDatabank): Promise<void> {
  while (await bank.ping().catch((error) => error)) {}
}

describe.each(BANKS)('a server', (kind, Driver) => {
  servers.describeWith(kind, (server) => {
    const bank = () => new Driver({ url: server().url, retry: RETRY, timeout: TIMEOUT })

    it('that starts late is reached with `retry`', async () => {
      await server().halt()
      await using late = bank()
      const failed = firstFailure(late)
      const opened = late.connect()
      expect(await failed).toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED', isTransient: true })
      await server().resume()
      await opened
      expect(await late.records('session').read('nobody')).toBeNull()
    })

    it('that goes away makes ping fail until it is back', async () => {
      await using open = bank()
      await open.connect()
      await open.ping()
      await server().halt()
      await expect(open.ping()).rejects.toMatchObject(NO_ANSWER)
      await server().resume()
      await answered(open)
    })

    if (kind === servers.redisSentinel) return

    it('that is frozen makes ping fail within the timeout, until it is thawed', async () => {
      const { url, freeze, thaw, close } = await freezable(server())
      try {
        await using open = new Driver({ url, retry: RETRY, timeout: TIMEOUT })
        await open.connect()
        await open.ping()
        await freeze()
        await expect(open.ping()).rejects.toMatchObject(NO_ANSWER)
        thaw()
        await answered(open)
      } finally {
        thaw()
        await close?.()
      }
    })
  })
})

it('a script that waits for a database stays alive until opening has failed, then ends', async () => {
  const ports = await Promise.all([servers.freePort(), servers.freePort(), servers.freePort(), servers.freePort()])
  const [redis, postgres, mongodb, couchbase] = ports.map((port) => `127.0.0.1:${port}`)
  const urls = [
    `redis://${redis}`,
    `postgres://a:b@${postgres}/c`,
    `mongodb://${mongodb}/c`,
    `couchbase://a:b@${couchbase}/c`,
  ]
  const folder = new AppFolder()
  const script = `import { openDatabank } from '@sessionbank/session-core'
    for (const url of ${JSON.stringify(urls)}) {
      const { code } = await openDatabank(url, { retry: 500, timeout: 300 }).catch((error) => error)
      console.log(code)
    }`
  expect(await folder.run(script)).toBe('SESSIONBANK_CONNECT_FAILED\n'.repeat(urls.length))
  await folder.remove()
})

servers.describeWith(servers.redis, (server) => {
  it('the error of openDatabank says how often and how long it has tried', async () => {
    const url = `redis://127.0.0.1:${await servers.freePort()}`
    await expect(openDatabank(url, { retry: 500 })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/ECONNREFUSED.* \(tried \d+ times in \d+\.\d s\)$/),
    })
  })

  it('openDatabank does not retry after a wrong password', async () => {
    const url = server().url.replace('//', '//ann:wrong@')
    const failure = await openDatabank(url, { retry: RETRY }).catch((error) => error)
    expect(failure.message).toContain('refuses the user or password')
    expect(failure.message).not.toContain('tried')
  })
})

servers.describeWith(servers.postgres, (server) => {
  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['a missing database', { pathname: '/nowhere' }],
  ])('openDatabank does not retry after %s', async (_, changed) => {
    const url = Object.assign(new URL(server().url), changed)
    const failure = await openDatabank(url.href, { retry: RETRY }).catch((error) => error)
    expect(failure).toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED', isTransient: false })
    expect(failure.message).not.toContain('tried')
  })
})
