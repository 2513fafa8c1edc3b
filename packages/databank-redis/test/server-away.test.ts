import { once } from 'node:events'
import { connect } from 'node:net'
import { describeWith, redis, redisCluster } from '@sessionbank/test-servers'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

describeWith(redis, (server) => {
  // Fails harmlessly if the server is running.
  afterEach(() =>
    server()
      .resume()
      .catch(() => {}),
  )

  for (const library of LIBRARIES) {
    describe(`while the server is away (${library})`, () => {
      it('calls reject within the timeout, and succeed again when it is back', async () => {
        const bank = await openBank({ url: server().url, library, timeout: 4_000 })
        try {
          const records = bank.records('away')
          const revision = (await records.write('a', '{"n":1}', { expires: null })) as string
          await server().halt()
          // After the first failure, the driver knows that nothing can be sent.
          await expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
          const attempts = await Promise.allSettled([
            records.read('a'),
            records.write('a', '{"n":2}', { expires: null }),
            records.write('a', '{"n":3}', { expires: null, ifRevision: revision }),
            records.touch('a', null),
            records.delete('a'),
            records.count(),
          ])
          for (const attempt of attempts) {
            expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'SESSIONBANK_OPERATION_FAILED' } })
          }
          await server().resume()
          await expect(untilItWorks(() => records.read('a'))).resolves.toMatchObject({ json: '{"n":1}', revision })
        } finally {
          await closeBank(bank)
        }
      }, 60_000)

      it('calls wait for a server that comes back before the timeout', async () => {
        const bank = await openBank({ url: server().url, library, timeout: 20_000 })
        try {
          const records = bank.records('away')
          const cut = await connectionEnd(server().port)
          await server().halt()
          // Waits, because a write on a connection whose end is not noticed yet has an unknown outcome.
          await cut.seen
          // The system reports closed connections in any order: the driver's may be reported a moment later.
          await new Promise((resolve) => setTimeout(resolve, 250))
          const answers = Promise.all([
            records.write('b', '{"n":1}', { expires: null }),
            records.read('nobody'),
            records.write(`c-${library}`, '{"n":1}', { expires: null, ifRevision: null }),
          ])
          await server().resume()
          expect(await answers).toEqual([expect.any(String), null, expect.any(String)])
        } finally {
          await closeBank(bank)
        }
      }, 60_000)

      it('a bank can be disconnected', async () => {
        const bank = await openBank({ url: server().url, library, timeout: 10_000 })
        await server().halt()
        await expect(closeBank(bank)).resolves.toBeUndefined()
      })
    })
  }
})

/** Opens a connection after the driver's. `seen` resolves when both have been closed. */
async function connectionEnd(port: number): Promise<{ seen: Promise<void> }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  return { seen: once(socket, 'close').then(() => new Promise<void>((resolve) => setImmediate(resolve))) }
}

async function untilItWorks<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

describeWith(redisCluster, (server) => {
  it.each(LIBRARIES)(
    'a bank reconnects to a cluster after all its nodes were away (%s)',
    async (library) => {
      const bank = await openBank({ url: server().url, library, timeout: 5_000 })
      try {
        const records = bank.records(`away-${library}`)
        const ids = Array.from({ length: 12 }, (_, n) => `id-${n}`)
        for (const id of ids) await records.write(id, '{"n":1}', { expires: null })
        await server().halt()
        await expect(records.read('id-0')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
        await expect(records.count()).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
        await server().resume()
        for (const id of ids) expect((await untilItWorks(() => records.read(id)))?.json).toBe('{"n":1}')
        expect(await untilItWorks(() => records.count())).toBe(ids.length)
      } finally {
        await closeBank(bank)
      }
    },
    90_000,
  )
})
