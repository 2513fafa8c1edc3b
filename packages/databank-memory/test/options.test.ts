import { appDatabank } from '@sessionbank/databank-kit'
import { MemoryDatabank } from '../src/index.ts'
import { openBank } from './fixtures.ts'

it('the driver is registered as "sessionbank-memory", because "memory" is databank’s own driver', () => {
  expect(appDatabank()?.Databank.get('sessionbank-memory', {})).toBeInstanceOf(MemoryDatabank)
  expect(appDatabank()?.Databank.get('memory', {})).not.toBeInstanceOf(MemoryDatabank)
})

it.each([
  {},
  { url: 'memory:' },
  { url: 'MEMORY://' },
  { maxRecords: 1, maxTotalBytes: 2 ** 40 },
  { timeout: 1_000, driver: 'memory' },
])('the options %p are accepted', (params) => {
  expect(() => new MemoryDatabank(params)).not.toThrow()
})

it.each([
  ...[0, -1, 1.5, '5', Number.NaN, null, 2 ** 53].flatMap((limit) => [{ maxRecords: limit }, { maxTotalBytes: limit }]),
  { maxRecord: 5 },
  { url: 'memory:?maxRecords=5' },
  { url: 'memory:sessions' },
  { url: 'disk:./sessions' },
  { url: null },
  { timeout: '5' },
  { data: [] },
  { data: { session: 5 } },
  { data: { session: { a: undefined } } },
  { data: { session: { a: 5n } } },
  { schema: { session: { indices: 'user' } } },
])('the options %p are rejected', (params) => {
  expect(() => new MemoryDatabank(params as object)).toThrow(
    expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION' }),
  )
})

it('a bank starts with `data` at each connect, and forgets all records at disconnect', async () => {
  const data = { session: { a: { user: 'ann' }, b: { cookie: { expires: new Date(Date.now() + 60_000) } } } }
  const bank = await openBank({ data, schema: { session: { indices: ['user'] } } })
  data.session.a.user = 'bob'
  const records = bank.records('session')
  const read = async (id: string) => (await records.read(id))?.json
  expect(await read('a')).toBe('{"user":"ann"}')
  expect((await records.read('b'))?.expires).toBe(data.session.b.cookie.expires.getTime())
  await records.delete('a')
  await records.write('c', '{}', { expires: null })
  await bank.disconnect()
  await expect(records.read('b')).rejects.toMatchObject({ name: 'NotConnectedError' })
  await bank.connect()
  expect([await read('a'), await read('c')]).toEqual(['{"user":"ann"}', undefined])
  expect(await records.count()).toBe(2)
})

it('a bank never repeats a revision of an earlier connection', async () => {
  const bank = await openBank()
  const records = bank.records('session')
  const before = await records.write('a', '1', { expires: null })
  await bank.disconnect()
  await bank.connect()
  await records.write('a', '2', { expires: null })
  expect(await records.write('a', '3', { expires: null, ifRevision: before as string })).toBeNull()
})

it('a bank shares no records with another bank', async () => {
  const [one, other] = [await openBank(), await openBank()]
  await one.records('session').write('a', '1', { expires: null })
  expect(await other.records('session').read('a')).toBeNull()
})
