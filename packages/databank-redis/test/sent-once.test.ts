import {
  describeWith,
  type RedisClusterServer,
  type RedisSentinelServer,
  redis,
  redisCluster,
  redisSentinel,
} from '@sessionbank/test-servers'
import { closeBank, openBank } from './bank.ts'
import { CLUSTER, SENTINEL, SINGLE } from './clients.ts'
import { proxyTo, type TcpProxy } from './proxy.ts'

const MARK = 'marked-so-that-the-proxy-knows-it'

/** Starts a proxy for each node, and returns the map from nodes to proxies. */
async function proxiesTo(ports: number[]) {
  const proxies = new Map<number, TcpProxy>()
  for (const port of ports) proxies.set(port, await proxyTo(port))
  const map = Object.fromEntries(
    [...proxies].map(([port, proxy]) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: proxy.port }]),
  )
  const all = [...proxies.values()]
  return {
    map,
    urls: all.map(({ port }) => `127.0.0.1:${port}`).join(),
    loseCommand: () => all.forEach((proxy) => void proxy.loseCommand(MARK)),
    sent: () => all.reduce((sum, proxy) => sum + proxy.sent(), 0),
    close: () => Promise.all(all.map((proxy) => proxy.close())),
  }
}

/** Makes an ioredis cluster reconnect its nodes, which then resend unanswered commands. */
const EAGER = { clusterNodeRetryStrategy: () => 20 }

const KINDS = [
  {
    kind: redis,
    makers: SINGLE,
    ports: (server: { port: number }) => [server.port],
    url: (urls: string) => `redis://${urls}`,
  },
  {
    kind: redisCluster,
    makers: CLUSTER,
    ports: (server: object) => (server as RedisClusterServer).nodes.map(({ port }) => port),
    url: (urls: string) => `redis+cluster://${urls}`,
  },
  {
    kind: redisSentinel,
    makers: SENTINEL,
    ports: (server: object) => (server as RedisSentinelServer).nodes.map(({ port }) => port),
    url: (_: string, sentinel: string) => sentinel,
  },
]

for (const { kind, makers, ports, url } of KINDS) {
  describeWith(kind, (server) => {
    for (const [library, make] of Object.entries(makers)) {
      it(`a write is sent once, even if the app's client of ${library} would resend it`, async () => {
        const proxies = await proxiesTo(ports(server()))
        const maps = kind === redis ? {} : { natMap: proxies.map, nodeAddressMap: proxies.map, ...EAGER }
        const app = await make(url(proxies.urls, server().url), maps)
        const bank = await openBank({ client: app.client, timeout: 10_000 })
        try {
          const records = bank.records(`once-${library}`)
          const first = (await records.write('a', '{"n":0}', { expires: null })) as string
          const ifRevision = (await records.write('a', '{"n":1}', { expires: null, ifRevision: first })) as string
          for (const condition of [{ ifRevision }, {}]) {
            proxies.loseCommand()
            await expect(records.write('a', `{"n":"${MARK}"}`, { expires: null, ...condition })).rejects.toMatchObject({
              code: 'SESSIONBANK_UNKNOWN_OUTCOME',
            })
            // A resent write would have arrived before this read.
            expect((await records.read('a'))?.json).toBe('{"n":1}')
            expect(proxies.sent()).toBe(1)
          }
          await closeBank(bank)
          expect(await app.get(`once-${library}:a`)).toBe('{"n":1}')
        } finally {
          if (bank.connected) await closeBank(bank)
          await app.close()
          await proxies.close()
        }
      }, 60_000)
    }
  })
}
