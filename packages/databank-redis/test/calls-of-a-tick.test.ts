import { execFileSync } from 'node:child_process'
import type { Records } from '@sessionbank/databank-kit'
import { describeWith, redis } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, LIBRARIES, openBank } from './bank.ts'
import { proxyTo } from './proxy.ts'

const MARK = 'marked-so-that-the-proxy-knows-it'
const IDS = Array.from({ length: 8 }, (_, n) => `id-${n}`)

describeWith(redis, (server) => {
  const cli = (...args: string[]) =>
    execFileSync('redis-cli', ['-p', String(server().port), ...args], { encoding: 'utf8' }).trim()
  /** Returns how often Redis has run a command. */
  const callsOf = (command: string) =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(cli('INFO', 'commandstats'))?.[1] ?? 0)

  for (const library of LIBRARIES) {
    describe(`calls of one tick (${library})`, () => {
      let bank: RedisDatabank
      let records: Records
      beforeEach(async () => {
        bank = await openBank({ url: server().url, library })
        records = bank.records('tick')
        // Makes Redis cache the scripts.
        await Promise.all(IDS.map((id) => records.write(id, '{"n":0}', { expires: null })))
        await Promise.all(IDS.map((id) => records.read(id)))
      })
      afterEach(async () => {
        cli('CONFIG', 'SET', 'maxmemory', '0')
        await records.clear()
        await closeBank(bank)
      })

      it('are sent in one script call, or in two if Redis is idle', async () => {
        cli('CONFIG', 'RESETSTAT')
        await Promise.all(IDS.flatMap((id) => [records.read(id), records.touch(`${id}-other`, null)]))
        expect(callsOf('evalsha')).toBeLessThanOrEqual(2)
        expect(callsOf('get')).toBe(IDS.length)
      })

      it('share one WAIT', async () => {
        const waiting = await openBank({ url: server().url, library, wait: { replicas: 5, timeout: 50 } })
        try {
          cli('CONFIG', 'RESETSTAT')
          const ids = Array.from({ length: 40 }, (_, n) => `id-${n}`)
          await Promise.allSettled(ids.map((id) => waiting.records('tick').write(id, '{}', { expires: null })))
          expect(callsOf('wait')).toBe(1)
        } finally {
          await closeBank(waiting)
        }
      })

      it('keep their order if they have the same id', async () => {
        const seen = await Promise.all([
          records.read('id-0'),
          records.read('id-1'),
          records.write('id-1', '{"n":1}', { expires: null }),
          records.read('id-1'),
          records.delete('id-1'),
          records.read('id-1'),
          records.write('id-1', '{"n":2}', { expires: null, ifRevision: null }),
          records.read('id-1'),
        ])
        const texts = seen.map((each) => (typeof each === 'object' ? (each?.json ?? null) : typeof each))
        const [zero, one, two] = ['{"n":0}', '{"n":1}', '{"n":2}']
        expect(texts).toEqual([zero, zero, 'string', one, 'boolean', null, 'string', two])
      })

      it('fail individually: on a key of another type, and on a write when memory is full', async () => {
        cli('LPUSH', 'tick:list', 'x')
        const failed = { status: 'rejected', reason: expect.objectContaining({ code: 'SESSIONBANK_OPERATION_FAILED' }) }
        const done = { status: 'fulfilled', value: expect.anything() }
        const reads = await Promise.allSettled([records.read('id-0'), records.read('list'), records.read('id-1')])
        expect(reads).toEqual([done, failed, done])
        cli('CONFIG', 'SET', 'maxmemory', '1')
        const writes = await Promise.allSettled([
          records.read('id-3'),
          // Redis stops checking its memory once a script has written something.
          records.write('id-1', '{"n":1}', { expires: null }),
          records.touch('id-0', Date.now() + 60_000),
          records.delete('id-2'),
        ])
        expect(writes).toEqual([done, failed, done, done])
        cli('DEL', 'tick:list')
      })

      it('return complete records even if these exceed one answer', async () => {
        const text = JSON.stringify('x'.repeat(100_000))
        await Promise.all(IDS.map((id) => records.write(id, text, { expires: null })))
        const many = Array.from({ length: 250 }, (_, n) => `small-${n}`)
        await Promise.all(many.map((id) => records.write(id, `"${id}"`, { expires: null })))
        const found = await Promise.all([...IDS, ...many].map((id) => records.read(id)))
        expect(found.map((record) => record?.json)).toEqual([...IDS.map(() => text), ...many.map((id) => `"${id}"`)])
      })

      it('are sent individually if the user may not use one of their keys', async () => {
        const rules = ['reset', 'on', '>x', '%RW~tick:*', '-@all', '+@all']
        cli('ACL', 'SETUSER', 'some', ...rules)
        cli('ACL', 'SETUSER', 'some', 'resetkeys', '%RW~tick:id-0', '%RW~tick:id-1', '~:probe')
        const other = await openBank({ url: `redis://some:x@127.0.0.1:${server().port}`, library })
        const some = other.records('tick')
        const outcomes = await Promise.allSettled([
          some.read('id-0'),
          some.read('id-0'),
          some.read('id-2'),
          some.read('id-1'),
        ])
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
        await closeBank(other)
      })

      it('each have an unknown outcome if the answer to their writes is lost, while reads are retried', async () => {
        const proxy = await proxyTo(server().port)
        const other = await openBank({ url: `redis://127.0.0.1:${proxy.port}`, library, timeout: 10_000 })
        const cut = other.records('tick')
        await Promise.all(IDS.map((id) => cut.touch(id, null)))
        proxy.loseAnswerTo(MARK)
        const unknown = { status: 'rejected', reason: expect.objectContaining({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' }) }
        const first = cut.read('id-7')
        const writes = await Promise.allSettled([
          cut.write('id-0', JSON.stringify(MARK), { expires: null }),
          cut.write('id-1', '{"n":1}', { expires: null }),
          cut.delete('id-2'),
        ])
        expect(writes).toEqual([unknown, unknown, unknown])
        expect(proxy.sent()).toBe(1)
        expect(await first).not.toBeNull()
        expect((await cut.read('id-0'))?.json).toBe(JSON.stringify(MARK))
        await closeBank(other)
        await proxy.close()
      })
    })
  }
})
