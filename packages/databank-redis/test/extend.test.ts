import { execFileSync } from 'node:child_process'
import { describeWith, redis } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** A name, the stored expiry, the requested one, and the expected one. */
const ENDS: [name: string, present: number | null, wanted: number | null, kept: number | null][] = [
  ['an earlier expiry', 10 * MINUTE, MINUTE, 10 * MINUTE],
  ['an expiry in the past', 10 * MINUTE, -MINUTE, 10 * MINUTE],
  ['a later expiry', MINUTE, 10 * MINUTE, 10 * MINUTE],
  ['no expiry, instead of one', MINUTE, null, null],
  ['an expiry, instead of none', null, MINUTE, null],
  ['no expiry, as before', null, null, null],
]

describeWith(redis, (server) => {
  for (const type of ['extended', 'extended-indexed']) {
    describe(`an expiry with \`extend\` (${type})`, () => {
      let bank: RedisDatabank
      beforeAll(async () => {
        bank = await openBank({ url: server().url, schema: { 'extended-indexed': { indices: ['user'] } } })
      })
      afterAll(() => closeBank(bank))

      it.each(ENDS)('is kept or extended by a write, a touch, and a touch on a revision: %s', async (...ends) => {
        const [, ...times] = ends
        const now = Date.now()
        const [present, wanted, kept] = times.map((time) => time && now + time) as [number | null, ...(number | null)[]]
        const records = bank.records(type)
        const change: Record<string, (ifRevision: string) => Promise<unknown>> = {
          write: (ifRevision) =>
            records.write('write', '{"n":2}', { expires: wanted as null, ifRevision, extend: true }),
          touch: () => records.touch('touch', wanted as null, { extend: true }),
          revision: (ifRevision) => records.touch('revision', wanted as null, { ifRevision, extend: true }),
        }
        for (const [id, extend] of Object.entries(change)) {
          const revision = (await records.write(id, '{"n":1}', { expires: present })) as string
          expect(await extend(revision)).toEqual(id === 'write' ? expect.any(String) : true)
          const json = id === 'write' ? '{"n":2}' : '{"n":1}'
          expect({ id, ...(await records.read(id)) }).toMatchObject({ id, json, expires: kept })
        }
      })

      it('is not extended for another revision, or for a missing or expired record', async () => {
        const records = bank.records(type)
        const [expires, later] = [Date.now() + MINUTE, Date.now() + 10 * MINUTE]
        const revision = (await records.write('a', '{"n":1}', { expires })) as string
        for (const ifRevision of ['', 'another', revision.toUpperCase()]) {
          expect(await records.write('a', '{"n":2}', { expires: later, ifRevision, extend: true })).toBeNull()
          expect(await records.touch('a', later, { ifRevision, extend: true })).toBe(false)
        }
        expect(await records.read('a')).toMatchObject({ json: '{"n":1}', expires })
        await records.touch('a', Date.now() - 1)
        for (const id of ['a', 'nobody']) {
          expect(await records.write(id, '{"n":2}', { expires: later, ifRevision: revision, extend: true })).toBeNull()
          expect(await records.touch(id, later, { ifRevision: revision, extend: true })).toBe(false)
          expect(await records.touch(id, later, { extend: true })).toBe(false)
          expect(await records.read(id)).toBeNull()
        }
      })

      it('can be shortened without `extend`', async () => {
        const records = bank.records(type)
        const expires = Date.now() + MINUTE
        const revision = (await records.write('a', '{}', { expires: null })) as string
        expect(await records.touch('a', expires, { ifRevision: revision, extend: false })).toBe(true)
        expect((await records.read('a'))?.expires).toBe(expires)
        expect(await records.write('a', '{}', { expires: expires - 1, ifRevision: revision })).not.toBeNull()
        expect((await records.read('a'))?.expires).toBe(expires - 1)
      })
    })
  }

  describe('the index entry of a record that keeps a later expiry', () => {
    const TYPE = 'outliving'
    let bank: RedisDatabank
    beforeAll(async () => {
      bank = await openBank({ url: server().url, schema: { [TYPE]: { indices: ['user'] } } })
    })
    afterAll(() => closeBank(bank))
    const cli = (...args: string[]) =>
      execFileSync('redis-cli', ['-p', String(server().port), ...args], { encoding: 'utf8' }).trim()
    const endOf = (user: string) => Number(cli('PEXPIRETIME', `:index:${TYPE}:user="${user}"`))

    it.each([
      ['write', 30 * DAY],
      ['write', null],
      ['touch', 30 * DAY],
      ['touch', null],
    ])('lives as long as the record (%s, %p)', async (change, life) => {
      const records = bank.records(TYPE)
      const expires = life && Date.now() + life
      // Written without an index entry, as by another program.
      cli('SET', `${TYPE}:a`, '{"user":"bob"}', ...(expires === null ? [] : ['PXAT', String(expires)]))
      const ifRevision = (await records.read('a'))?.revision as string
      const soon = Date.now() + MINUTE
      if (change === 'write')
        await records.write('a', '{"user":"bob","n":2}', { expires: soon, ifRevision, extend: true })
      else await records.touch('a', soon, { ifRevision, extend: true })
      expect((await records.read('a'))?.expires).toBe(expires)
      if (expires === null) expect(endOf('bob')).toBe(-1)
      else expect(endOf('bob')).toBeGreaterThan(expires)
      await records.clear()
      cli('DEL', `:index:${TYPE}:user="bob"`)
    })
  })
})
