import { describeWith, redis, redisCluster } from '@sessionbank/test-servers'
import { createClient } from 'redis'
import { closeBank, openBank } from './bank.ts'
import { CLUSTER, SINGLE } from './clients.ts'

for (const [kind, makers] of [[redis, SINGLE] as const, [redisCluster, CLUSTER] as const]) {
  describeWith(kind, (server) => {
    for (const [library, make] of Object.entries(makers)) {
      describe(`with a client of ${library} that the app has`, () => {
        it('uses it, and leaves it open', async () => {
          const app = await make(server().url)
          try {
            const bank = await openBank({ client: app.client })
            const records = bank.records(`own-${library}`)
            const revision = (await records.write('a', '{"n":1}', { expires: Date.now() + 60_000 })) as string
            expect(await records.write('a', '{"n":2}', { expires: null, ifRevision: revision })).not.toBeNull()
            await closeBank(bank)
            expect(await app.get(`own-${library}:a`)).toBe('{"n":2}')
          } finally {
            await app.close()
          }
        })

        it('keeps to its keyPrefix, in listing as well', async () => {
          const app = await make(server().url, { keyPrefix: `app-${library}:` })
          const plain = await openBank({ url: server().url })
          try {
            const bank = await openBank({ client: app.client, schema: { sess: { indices: ['user'] } } })
            const records = bank.records('sess')
            for (let n = 0; n < 30; n++) await records.write(`${n}`, `{"user":"u${n % 3}"}`, { expires: null })
            const ids: string[] = []
            for await (const [id] of records.entries()) ids.push(id)
            expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n))
            const found: string[] = []
            for await (const [id] of records.find('user', 'u1')) found.push(id)
            expect(found).toHaveLength(10)
            const stored = await plain.records(`app-${library}`).read('sess:5')
            expect(stored?.json).toBe('{"user":"u2"}')
            await records.clear()
            expect(await records.count()).toBe(0)
            expect(await plain.records(`app-${library}`).count()).toBe(0)
            await closeBank(bank)
          } finally {
            await app.close()
            await closeBank(plain)
          }
        })
      })
    }
  })
}

describeWith(redis, (server) => {
  it('says that a client of the app has to be connected', async () => {
    const client = createClient({ url: server().url })
    await expect(openBank({ client })).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED' })
    await expect(openBank({ client: {} })).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_PARAMS' })
  })
})
