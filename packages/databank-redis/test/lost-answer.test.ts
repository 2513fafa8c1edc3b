import { describeWith, redis } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, LIBRARIES, openBank } from './bank.ts'
import { SINGLE } from './clients.ts'
import { proxyTo, type TcpProxy } from './proxy.ts'

const MARK = 'marked-so-that-the-proxy-knows-it'

type Opener = (url: string) => Promise<{ bank: RedisDatabank; close(): Promise<void> }>

const openers: Record<string, Opener> = {}
openers['redis, connected by the driver'] = async (url) => {
  const bank = await openBank({ url, timeout: 10_000 })
  return { bank, close: () => closeBank(bank) }
}
for (const library of LIBRARIES) {
  openers[`${library}, connected by the app`] = async (url) => {
    const app = await (SINGLE[library] as (typeof SINGLE)[string])(url)
    const bank = await openBank({ client: app.client, timeout: 10_000 })
    return {
      bank,
      async close() {
        await closeBank(bank)
        await app.close()
      },
    }
  }
}

describeWith(redis, (server) => {
  for (const [name, open] of Object.entries(openers)) {
    describe(`if the connection breaks between a command and its answer (${name})`, () => {
      let proxy: TcpProxy
      let opened: Awaited<ReturnType<Opener>>
      beforeEach(async () => {
        proxy = await proxyTo(server().port)
        opened = await open(`redis://127.0.0.1:${proxy.port}`)
      })
      afterEach(async () => {
        await opened.close()
        await proxy.close()
      })

      it('a conditional write has an unknown outcome, and later writes succeed', async () => {
        const records = opened.bank.records('lost')
        const first = (await records.write('a', '{"n":0}', { expires: null })) as string
        // The server has cached the script by now, so the lost answer is that of the write.
        const ifRevision = (await records.write('a', '{"n":1}', { expires: null, ifRevision: first })) as string
        proxy.loseAnswerTo(MARK)
        await expect(records.write('a', `{"n":"${MARK}"}`, { expires: null, ifRevision })).rejects.toMatchObject({
          code: 'SESSIONBANK_UNKNOWN_OUTCOME',
        })
        // The write arrived. A retry would have failed its condition and been reported as not written.
        expect((await records.read('a'))?.json).toBe(`{"n":"${MARK}"}`)
        expect(proxy.sent()).toBe(1)
        await expect(records.write('b', '{"n":2}', { expires: null, ifRevision: null })).resolves.not.toBeNull()
        await records.clear()
      })

      it('a deletion has an unknown outcome', async () => {
        const records = opened.bank.records('lost')
        await records.write(MARK, '{"n":1}', { expires: null })
        proxy.loseAnswerTo(MARK)
        await expect(records.delete(MARK)).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
        expect(await records.read(MARK)).toBeNull()
      })

      it('a read is retried', async () => {
        const records = opened.bank.records('lost')
        await records.write(MARK, '{"n":1}', { expires: null })
        proxy.loseAnswerTo(MARK)
        expect((await records.read(MARK))?.json).toBe('{"n":1}')
        expect(proxy.sent()).toBeGreaterThan(1)
        await records.clear()
      })
    })
  }

  for (const library of LIBRARIES) {
    it(`calls fail if a server falls silent, and succeed once it answers again (${library})`, async () => {
      const proxy = await proxyTo(server().port)
      const bank = await openBank({ url: `redis://127.0.0.1:${proxy.port}`, library, timeout: 4_000 })
      try {
        const records = bank.records('silent')
        await records.write('a', '{"n":1}', { expires: null })
        proxy.silence()
        const [read, write] = await Promise.allSettled([
          records.read('a'),
          records.write('a', '{"n":2}', { expires: null }),
        ])
        expect(read).toMatchObject({ status: 'rejected', reason: { code: 'SESSIONBANK_TIMEOUT' } })
        expect(write).toMatchObject({ status: 'rejected', reason: { code: 'SESSIONBANK_UNKNOWN_OUTCOME' } })
        // The old connection stays open but silent.
        proxy.recover()
        expect((await untilItAnswers(() => records.read('a')))?.json).toBe('{"n":1}')
      } finally {
        await closeBank(bank)
        await proxy.close()
      }
    }, 60_000)
  }
})

async function untilItAnswers<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
