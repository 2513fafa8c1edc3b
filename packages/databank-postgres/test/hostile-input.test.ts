import { inspect } from 'node:util'
import { describeWith, postgres } from '@sessionbank/test-servers'
import type { PostgresDatabank } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { sql } from './sql.ts'

const HOSTILE = [
  "'; DROP TABLE databank; --",
  "a' OR '1'='1",
  '$1',
  '{a,b}',
  '{"a\\"}',
  '\\',
  '%',
  'NULL',
  '\u0001',
  'x'.repeat(400),
]

describeWith(postgres, (server) =>
  describe('hostile input', () => {
    let bank: PostgresDatabank
    const schema = Object.fromEntries(HOSTILE.map((type) => [type, { indices: [...HOSTILE, 'user'] }]))
    beforeAll(async () => {
      bank = await connected({ url: server().url, schema })
    })
    afterAll(() => disconnected(bank))

    it('is stored and found unchanged as type, id, field or value', async () => {
      for (const type of HOSTILE) {
        const records = bank.records(type)
        for (const text of HOSTILE) {
          await records.write(text, JSON.stringify({ [text]: text, user: text }), { expires: null })
        }
        for (const text of HOSTILE) {
          const found: string[] = []
          for await (const [id] of records.find(text, text)) found.push(id)
          for await (const [id] of records.find('user', text)) found.push(id)
          for await (const [id] of records.find(`no ${text}`, text)) found.push(id)
          expect(found).toEqual([text, text])
          expect(await records.touch(text, null, { ifRevision: text })).toBe(false)
        }
        expect(await records.count()).toBe(HOSTILE.length)
      }
      for (const type of HOSTILE) await bank.records(type).clear()
    })

    it.each(['a\0', '\0', '\ud800', 'a\udc00b', 'y'.repeat(2_001), '語'.repeat(700)])(
      'is rejected by writes and not found by reads if the id cannot be stored (%#)',
      async (id) => {
        const records = bank.records('session')
        await expect(records.write(id, '{}', { expires: null })).rejects.toMatchObject({
          code: 'SESSIONBANK_INVALID_ID',
        })
        expect(await records.read(id)).toBe(null)
        expect(await records.touch(id, null)).toBe(false)
        expect(await records.delete(id)).toBe(false)
      },
    )

    it('is stored if id and type have the maximum length', async () => {
      const records = bank.records('t'.repeat(500))
      const random = Array.from({ length: 500 }, (_, n) => ((n * 7919) % 65_536).toString(16).padStart(4, '0')).join('')
      expect(await records.write(random, '{}', { expires: null })).not.toBe(null)
      expect(await records.delete(random)).toBe(true)
    })

    it.each(['a\0', '\ud800', 't'.repeat(501)])('is rejected if the type cannot be stored (%#)', async (type) => {
      await expect(bank.records(type).read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    })

    it('is not quoted if it is not JSON', async () => {
      const [type] = HOSTILE as [string]
      const refused = await bank
        .records(type)
        .write('a', 'secret', { expires: null })
        .catch((error) => error)
      expect(refused).toMatchObject({ code: 'SESSIONBANK_INVALID_VALUE' })
      expect(inspect(refused, { depth: 9 })).not.toMatch(/secret'|"secret/)
    })

    it('matches no record if the revision cannot be stored', async () => {
      const records = bank.records('session')
      await records.write('a', '{}', { expires: null })
      for (const ifRevision of ['', '\0', '\ud800', 'never']) {
        expect(await records.write('a', '{"n":1}', { expires: null, ifRevision })).toBe(null)
        expect(await records.touch('a', null, { ifRevision })).toBe(false)
      }
      expect((await records.read('a'))?.json).toBe('{}')
    })

    it('is not quoted, not even in the cause, if the server refuses a record', async () => {
      const strict = await connected({ url: server().url, table: 'strict' })
      await sql(server().url, `ALTER TABLE strict ADD CHECK (json <> '{"secret":"content"}')`)
      for (const json of ['{"secret":"content"}', '{"secret":"content\0"}']) {
        const refused = await strict
          .records('session')
          .write('secret-id', json, { expires: null })
          .catch((error) => error)
        expect(refused).toMatchObject({ name: 'OperationError' })
        expect(inspect(refused, { depth: 9 })).not.toMatch(/secret/)
      }
      await disconnected(strict)
    })
  }),
)
