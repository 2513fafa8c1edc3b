import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeWith, postgres } from '@sessionbank/test-servers'
import { tableDdl } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { sql } from './sql.ts'

const HOUR = 3_600_000

describeWith(postgres, (server) => {
  const url = () => server().url

  it('a row has the JSON text, its revision, its expiry in ms and the tokens of indexed fields', async () => {
    const bank = await connected({ url: url(), table: 'form', schema: { session: { indices: ['user'] } } })
    const expires = Date.now() + HOUR
    const json = '{"sid":"a", "user":"ann","n":1.0}'
    const revision = await bank.records('session').write('a', json, { expires })
    const row = { type: 'session', id: 'a', json, revision, expires, tokens: ['user="ann"'] }
    expect(await sql(url(), 'SELECT * FROM form WHERE type = $$session$$')).toEqual([row])
    await disconnected(bank)
  })

  it('a lone surrogate in a text is stored as its escape', async () => {
    const bank = await connected({ url: url(), table: 'halves', schema: { session: { indices: ['user'] } } })
    const records = bank.records('session')
    const text = '{"user":"\ud800","\udfff":"x\udc00y","pair":"\ud83d\ude00"}'
    const revision = await records.write('a', text, { expires: null })
    const record = await records.read('a')
    expect(record?.json).toBe('{"user":"\\ud800","\\udfff":"x\\udc00y","pair":"\ud83d\ude00"}')
    expect(JSON.parse(record?.json as string)).toEqual(JSON.parse(text))
    expect(record?.revision).toBe(revision)
    expect(await idsOf(records.find('user', '\ud800'))).toEqual(['a'])
    await disconnected(bank)
  })

  it('find skips a record that is not JSON', async () => {
    const bank = await connected({ url: url(), table: 'damaged', schema: { session: { indices: ['user'] } } })
    const records = bank.records('session')
    for (const id of ['good', 'bad']) await records.write(id, '{"user":"ann","plan":"free"}', { expires: null })
    await sql(url(), `UPDATE damaged SET json = '{"user":"ann","plan":"fr' WHERE id = 'bad'`)
    expect(await idsOf(records.find('user', 'ann'))).toEqual(['good'])
    expect(await idsOf(records.find('plan', 'free'))).toEqual(['good'])
    await disconnected(bank)
  })

  it('a row has no tokens if no field is indexed', async () => {
    const bank = await connected({ url: url(), table: 'plain' })
    await bank.records('session').write('a', '{"user":"ann"}', { expires: null })
    expect(await sql(url(), 'SELECT tokens, expires FROM plain')).toEqual([{ tokens: null, expires: null }])
    await disconnected(bank)
  })

  it('a bank works in a table created by a migration', async () => {
    await sql(url(), `CREATE SCHEMA app; ${tableDdl('app.sessions')}`)
    const bank = await connected({ url: url(), table: 'app.sessions', createTable: false })
    await bank.records('session').write('a', '{}', { expires: null })
    expect(await sql(url(), 'SELECT id FROM app.sessions')).toEqual([{ id: 'a' }])
    await disconnected(bank)
  })

  it('the guide quotes `tableDdl()`', () => {
    expect(readFileSync(join(__dirname, '../../../docs/guides/postgres.md'), 'utf8')).toContain(tableDdl())
  })

  it('the statements of `tableDdl()` can be run twice', async () => {
    await sql(url(), tableDdl('twice') + tableDdl('twice'))
    const indexes = await sql(url(), `SELECT indexname FROM pg_indexes WHERE tablename = 'twice' ORDER BY 1`)
    expect(indexes.map(({ indexname }) => indexname)).toEqual(['twice_expires', 'twice_pkey', 'twice_tokens'])
  })

  it('the error names `tableDdl()` if the table is missing and `createTable` is false', async () => {
    await expect(connected({ url: url(), table: 'absent', createTable: false })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('tableDdl()'),
    })
    expect(await sql(url(), `SELECT to_regclass('absent') AS made`)).toEqual([{ made: null }])
  })

  it('the error names `tableDdl()` if the table is dropped later', async () => {
    const bank = await connected({ url: url(), table: 'short_lived' })
    await sql(url(), 'DROP TABLE short_lived')
    await expect(bank.records('session').read('a')).rejects.toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('tableDdl()'),
    })
    await disconnected(bank)
  })

  it('another table of the same name is left unchanged', async () => {
    await sql(url(), 'CREATE TABLE taken (id int)')
    await expect(connected({ url: url(), table: 'taken' })).rejects.toMatchObject({ name: 'ConnectError' })
    expect(await sql(url(), 'SELECT * FROM taken')).toEqual([])
  })

  it('a database that cannot store every text is rejected', async () => {
    await sql(url(), `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`)
    const latin = new URL(url())
    latin.pathname = '/latin'
    await expect(connected({ url: latin.href })).rejects.toMatchObject({
      name: 'ConnectError',
      message: expect.stringContaining('UTF8'),
    })
  })

  it.each([
    'x"; DROP TABLE victim; --',
    "it's",
    'back\\slash',
    'Mixed Case',
    'ünïcödé-語',
    'select',
    '$1',
    'x'.repeat(50),
  ])('the table name %p is quoted correctly', async (table) => {
    await sql(url(), 'CREATE TABLE IF NOT EXISTS victim (id int)')
    for (let connection = 0; connection < 2; connection++) {
      const bank = await connected({ url: url(), table })
      await bank.records('session').write('a', '{}', { expires: null })
      expect(await bank.records('session').count()).toBe(1)
      await disconnected(bank)
    }
    expect(await sql(url(), 'SELECT count(*)::int AS n FROM pg_tables WHERE tablename = $1', [table])).toEqual([
      { n: 1 },
    ])
    expect(await sql(url(), 'SELECT * FROM victim')).toEqual([])
  })

  it.each(['', '.', 'a.b.c', 'a\0b', '\ud800', 'x'.repeat(51), 7 as never, null as never])(
    'the table name %p is rejected',
    async (table) => {
      await expect(connected({ url: url(), table })).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    },
  )
})

async function idsOf(entries: AsyncIterable<[id: string, record: unknown]>): Promise<string[]> {
  const ids: string[] = []
  for await (const [id] of entries) ids.push(id)
  return ids
}
