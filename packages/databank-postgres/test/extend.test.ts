import { describeWith, postgres } from '@sessionbank/test-servers'
import { Client } from 'pg'
import type { PostgresDatabank } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually } from './eventually.ts'
import { sql } from './sql.ts'

const MINUTE = 60_000

/** What is there, what comes, and what shall be there then. */
const ENDS: [name: string, present: number | null, wanted: number | null, kept: number | null][] = [
  ['an earlier end', 10 * MINUTE, MINUTE, 10 * MINUTE],
  ['an end that has passed', 10 * MINUTE, -MINUTE, 10 * MINUTE],
  ['a later end', MINUTE, 10 * MINUTE, 10 * MINUTE],
  ['no end where there is one', MINUTE, null, null],
  ['an end where there is none', null, MINUTE, null],
  ['no end where there is none', null, null, null],
]

describeWith(postgres, (server) => {
  describe('a life that may only become longer', () => {
    let bank: PostgresDatabank
    const records = () => bank.records('session')
    beforeAll(async () => {
      bank = await connected({ url: server().url })
    })
    afterAll(() => disconnected(bank))

    it.each(ENDS)('is kept or prolonged by a write, a touch, and a touch of a revision: %s', async (...ends) => {
      const [, ...times] = ends
      const now = Date.now()
      const [present, wanted, kept] = times.map((time) => time && now + time) as [number | null, ...(number | null)[]]
      const expires = wanted as number | null
      const change: Record<string, (ifRevision: string) => Promise<unknown>> = {
        write: (ifRevision) => records().write('write', '{"n":2}', { expires, ifRevision, extend: true }),
        touch: () => records().touch('touch', expires, { extend: true }),
        revision: (ifRevision) => records().touch('revision', expires, { ifRevision, extend: true }),
      }
      for (const [id, extend] of Object.entries(change)) {
        const revision = (await records().write(id, '{"n":1}', { expires: present })) as string
        expect(await extend(revision)).toEqual(id === 'write' ? expect.any(String) : true)
        const json = id === 'write' ? '{"n":2}' : '{"n":1}'
        expect({ id, ...(await records().read(id)) }).toMatchObject({ id, json, expires: kept })
      }
    })

    it('is not prolonged for another revision, nor for a record that is not there or has expired', async () => {
      const [expires, later] = [Date.now() + MINUTE, Date.now() + 10 * MINUTE]
      const revision = (await records().write('a', '{"n":1}', { expires })) as string
      for (const ifRevision of ['', 'another', revision.toUpperCase()]) {
        expect(await records().write('a', '{"n":2}', { expires: later, ifRevision, extend: true })).toBeNull()
        expect(await records().touch('a', later, { ifRevision, extend: true })).toBe(false)
      }
      expect(await records().read('a')).toMatchObject({ json: '{"n":1}', expires })
      await records().touch('a', Date.now() - 1)
      for (const id of ['a', 'nobody']) {
        expect(await records().write(id, '{"n":2}', { expires: later, ifRevision: revision, extend: true })).toBeNull()
        expect(await records().touch(id, later, { ifRevision: revision, extend: true })).toBe(false)
        expect(await records().touch(id, later, { extend: true })).toBe(false)
        expect(await records().read(id)).toBeNull()
      }
    })

    it('becomes shorter without the word', async () => {
      const expires = Date.now() + MINUTE
      const revision = (await records().write('a', '{}', { expires: null })) as string
      expect(await records().touch('a', expires, { ifRevision: revision, extend: false })).toBe(true)
      expect((await records().read('a'))?.expires).toBe(expires)
      expect(await records().write('a', '{}', { expires: expires - 1, ifRevision: revision })).not.toBeNull()
      expect((await records().read('a'))?.expires).toBe(expires - 1)
    })

    it('is judged by what another process commits while the write waits for it', async () => {
      const [soon, late] = [Date.now() + MINUTE, Date.now() + 10 * MINUTE]
      const ifRevision = (await records().write('a', '{"n":1}', { expires: soon })) as string
      const other = new Client({ connectionString: server().url })
      await other.connect()
      await other.query(`BEGIN; UPDATE databank SET expires = ${late} WHERE id = 'a'`)
      const written = records().write('a', '{"n":2}', { expires: soon, ifRevision, extend: true })
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
      await eventually(async () => (await sql(server().url, waiting)).length > 0)
      await other.query('COMMIT')
      expect(await written).not.toBeNull()
      expect(await records().read('a')).toMatchObject({ json: '{"n":2}', expires: late })
      await other.end()
    })
  })
})
