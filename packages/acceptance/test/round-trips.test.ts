import { describeWith, mongodb, postgres, redis, type TestServer } from '@sessionbank/test-servers'
import type { Framework, StartOptions } from '../src/apps/app.ts'
import { Client } from '../src/client.ts'
import { frameworks } from '../src/frameworks.ts'
import { newProtection, type Protection } from '../src/protection.ts'
import { watchedMongodb } from '../src/traffic/mongodb.ts'
import { watchedPostgres } from '../src/traffic/postgres.ts'
import { watchedRedis } from '../src/traffic/redis.ts'
import type { RoundTrip, WatchedBank } from '../src/traffic/traffic.ts'

type StoreChoice = NonNullable<StartOptions['store']>

describeWith(redis, (server) => costs(server, watchedRedis))
describeWith(postgres, (server) => costs(server, watchedPostgres))
describeWith(mongodb, (server) => costs(server, watchedMongodb))

function costs(server: () => TestServer, watch: (url: string) => Promise<WatchedBank>): void {
  let watched: WatchedBank
  beforeAll(async () => {
    watched = await watch(server().url)
  })
  afterAll(() => watched.close())

  describe.each(frameworks)('$name', (framework) => {
    it('reads once for a request that only reads the session, with the default touchAfter', async () => {
      expect(await roundTripsOf('me', framework, 'defaults')).toEqual(['read'])
    })

    it('reads once and touches once for a request that only reads, with `touchAfter: 0`, if the framework touches', async () => {
      const touch: RoundTrip[] = framework.touches ? ['write'] : []
      expect(await roundTripsOf('me', framework, {})).toEqual(['read', ...touch])
    })

    it.each<[name: string, StoreChoice]>([
      ['the default touchAfter', 'defaults'],
      ['touchAfter: 0', {}],
    ])('reads once and writes once for a request that changes the session, with %s', async (_name, options) => {
      expect(await roundTripsOf('visit', framework, options)).toEqual(['read', 'write'])
    })

    it('writes once for a login, and does not read without a cookie', async () => {
      expect(await roundTripsOf('login', framework, 'defaults', [])).toEqual(['write'])
    })

    describe('with hashed and sealed sessions', () => {
      const protection = newProtection()

      it.each<[route: string, earlier: string[], RoundTrip[]]>([
        ['login', [], ['write']],
        ['me', ['login'], ['read']],
        ['visit', ['login'], ['read', 'write']],
      ])('needs no more round trips for %s', async (route, earlier, roundTrips) => {
        expect(await roundTripsOf(route, framework, 'defaults', earlier, protection)).toEqual(roundTrips)
      })

      it('needs no more round trips for a new session while older ones exist', async () => {
        const migrating = { ...protection, hashIds: 'migrate' as const }
        expect(await roundTripsOf('visit', framework, 'defaults', ['login'], migrating)).toEqual(['read', 'write'])
      })
    })
  })

  /**
   * Returns the round trips of a request, which its client makes after the `earlier` requests. Another client has made
   * the same requests before, so that scripts are cached.
   */
  async function roundTripsOf(
    route: string,
    framework: Framework,
    store: StoreChoice,
    earlier = ['login'],
    protection?: Protection,
  ): Promise<RoundTrip[]> {
    const app = await framework.start({ bank: watched.bank, store, protection })
    try {
      const [first, second] = [new Client(app), new Client(app)]
      for (const one of [...earlier, route]) await first.send(one, { user: 'ann' })
      for (const one of earlier) await second.send(one, { user: 'ben' })
      await watched.roundTrips()
      await second.send(route, { user: 'ben' })
      return await watched.roundTrips()
    } finally {
      await app.close()
    }
  }
}
