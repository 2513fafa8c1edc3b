import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { describeWith, mostListeners, redis, redisCluster } from '@sessionbank/test-servers'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { closeBank, openBank } from './bank.ts'
import { CLUSTER, SINGLE } from './clients.ts'

for (const [kind, makers] of [[redis, SINGLE] as const, [redisCluster, CLUSTER] as const]) {
  describeWith(kind, (server) => {
    for (const [library, make] of Object.entries(makers)) {
      describe(`a bank on the app's own client of ${library}`, () => {
        it('works, and leaves the client open', async () => {
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

        it('uses the client’s keyPrefix, also to list records', async () => {
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
            const left: string[] = []
            for await (const [id] of plain.records(`app-${library}`).entries()) left.push(id)
            expect(left.filter((id) => id !== 'sessionbank_index:sess')).toEqual([])
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
  it.each([
    ['ioredis', () => new Redis(server().url)],
    ['ioredis that does not resend', () => new Redis(server().url, { autoResendUnfulfilledCommands: false })],
    [
      'ioredis that does not resend and is to connect',
      () => {
        return new Redis(server().url, { autoResendUnfulfilledCommands: false, lazyConnect: true })
      },
    ],
    ['redis', () => createClient({ url: server().url })],
  ])('one client serves eleven banks without a warning about too many listeners (%s)', async (_, make) => {
    const client = make()
    if (!(client instanceof Redis)) await client.on('error', () => {}).connect()
    const before = client.eventNames().map((name) => [name, client.listenerCount(name as 'error')])
    const most = mostListeners(client)
    const banks = await Promise.all(Array.from({ length: 11 }, () => openBank({ client })))
    await Promise.all(banks.map((bank) => bank.records('session').read('nobody')))
    await Promise.all(banks.map(closeBank))
    expect(most()).toBeLessThanOrEqual(10)
    client.removeAllListeners('newListener')
    expect(client.eventNames().map((name) => [name, client.listenerCount(name as 'error')])).toEqual(before)
    client instanceof Redis ? client.disconnect() : client.destroy()
  })

  it('a client that is not connected is rejected with advice', async () => {
    const client = createClient({ url: server().url })
    await expect(openBank({ client })).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED' })
    await expect(openBank({ client: {} })).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    const closed = new Redis(server().url, { lazyConnect: true })
    await closed.connect()
    closed.disconnect()
    await once(closed, 'end')
    await expect(openBank({ client: closed })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('closed'),
    })
  })

  it('a pool is rejected with advice', async () => {
    const pool = createClientPool({ url: server().url })
    await pool.connect()
    try {
      await expect(openBank({ client: pool as object })).rejects.toMatchObject({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringContaining('not a pool'),
      })
    } finally {
      pool.destroy()
    }
  })

  it('an ioredis client with lazyConnect is connected', async () => {
    for (const options of [{}, { autoResendUnfulfilledCommands: false }]) {
      const client = new Redis(server().url, { lazyConnect: true, ...options })
      const bank = await openBank({ client })
      expect(await bank.records('lazy').read('nobody')).toBeNull()
      await closeBank(bank)
      client.disconnect()
    }
  })

  it('a client with a wrong password is rejected with advice', async () => {
    const client = new Redis(server().url, { username: 'ann', password: 'wrong-hunter2', lazyConnect: true })
    const refused = await openBank({ client }).catch((error) => error)
    expect(refused).toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/password.*options/),
    })
    expect(inspect(refused, { depth: 9 })).not.toContain('hunter2')
    client.disconnect()
  })

  it('the database that an ioredis client has selected is used', async () => {
    const client = new Redis(server().url)
    await client.select(5)
    const bank = await openBank({ client })
    await bank.records('selected').write('a', '{}', { expires: null })
    expect(await client.get('selected:a')).toBe('{}')
    await bank.records('selected').clear()
    await closeBank(bank)
    client.disconnect()
  })

  it('a bank closes and reconnects with its ioredis client', async () => {
    const client = new Redis(server().url)
    const bank = await openBank({ client, timeout: 3_000 })
    const records = bank.records('ending')
    await records.write('a', '{"n":1}', { expires: null })
    const others = () => connectionsTo(server().port)
    const before = others()
    client.disconnect()
    while (others() > before - 2) await new Promise((resolve) => setTimeout(resolve, 20))
    await expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    await client.connect()
    while ((await records.read('a').catch(() => null))?.json !== '{"n":1}') await new Promise(setImmediate)
    await records.clear()
    await closeBank(bank)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })
})

describeWith(redisCluster, (server) => {
  it.each([
    ['as it is', {}],
    ['that does not resend', { retryDelayOnFailover: 0, redisOptions: { autoResendUnfulfilledCommands: false } }],
  ])('an ioredis cluster client with lazyConnect is connected (%s)', async (_, options) => {
    const client = new Cluster([{ host: '127.0.0.1', port: server().port }], { lazyConnect: true, ...options })
    const bank = await openBank({ client })
    const records = bank.records('lazy')
    expect(await records.write('a', '{}', { expires: null })).not.toBeNull()
    expect(await records.count()).toBe(1)
    await records.clear()
    await closeBank(bank)
    client.disconnect()
  })
})

/** Returns how many clients the server has, including redis-cli. */
function connectionsTo(port: number): number {
  return execFileSync('redis-cli', ['-p', String(port), 'CLIENT', 'LIST'], { encoding: 'utf8' })
    .trim()
    .split('\n').length
}
