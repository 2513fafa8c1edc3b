import { describeWith, redis } from '@sessionbank/test-servers'
import { Redis } from 'ioredis'
import { closeBank, LIBRARIES, openBank } from './bank.ts'
import { proxyTo } from './proxy.ts'

const TIMEOUT = 640
/** Delay of answers in ms, so that the second attempt of a refused write is in flight at the timeout. */
const ANSWER_TAKES = 400

describeWith(redis, (server) => {
  describe('a write that Redis refuses at each attempt', () => {
    it.each(LIBRARIES)('is reported as not done, and keeps its connection (%s)', async (library) => {
      const admin = new Redis(server().port, '127.0.0.1')
      const proxy = await proxyTo(server().port)
      const bank = await openBank({ url: `redis://127.0.0.1:${proxy.port}`, library, timeout: TIMEOUT })
      try {
        const records = bank.records('refused')
        const ifRevision = (await records.write('a', '{"n":1}', { expires: null })) as string
        const connections = proxy.connections()
        await admin.replicaof('127.0.0.1', 1)
        proxy.delayAnswers(ANSWER_TAKES)
        const writes = await Promise.allSettled([
          records.write('a', '{"n":2}', { expires: null }),
          records.write('a', '{"n":2}', { expires: null, ifRevision }),
          records.touch('a', Date.now() + 60_000),
          records.delete('a'),
        ])
        proxy.delayAnswers(0)
        await admin.replicaof('NO', 'ONE')
        const refused = {
          status: 'rejected',
          reason: expect.objectContaining({ code: 'SESSIONBANK_OPERATION_FAILED' }),
        }
        expect(writes).toEqual([refused, refused, refused, refused])
        expect((await records.read('a'))?.json).toBe('{"n":1}')
        expect(proxy.connections()).toBe(connections)
      } finally {
        await admin.replicaof('NO', 'ONE')
        admin.disconnect()
        await closeBank(bank)
        await proxy.close()
      }
    })
  })
})
