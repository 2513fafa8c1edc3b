import { expectConsistent } from './consistency.ts'
import { closeBank, collect, openBank, temporaryDirectory } from './fixtures.ts'

const INDEXED = { session: { indices: ['user'] } }
const found = async (entries: AsyncIterable<[string, unknown]>) => (await collect(entries)).map(([id]) => id).sort()

it('finds records that were written before the index was declared, or by a bank that does not declare it', async () => {
  const dir = temporaryDirectory()
  const [plain, indexed] = [await openBank({ dir }), await openBank({ dir, schema: INDEXED })]
  const [before, after] = [plain.records('session'), indexed.records('session')]
  await before.write('old', '{"user":"ann"}', { expires: null })
  await after.write('new', '{"user":"ann"}', { expires: null })
  expect(await found(after.find('user', 'ann'))).toEqual(['new', 'old'])
  await after.write('old', '{"user":"ann"}', { expires: null })
  expect(await found(after.find('user', 'ann'))).toEqual(['new', 'old'])
  await before.write('new', '{"user":"ann"}', { expires: null })
  expect(await found(after.find('user', 'ann'))).toEqual(['new', 'old'])
  await before.delete('old')
  expect(await found(after.find('user', 'ann'))).toEqual(['new'])
  await before.clear()
  await after.write('last', '{"user":"ann"}', { expires: null })
  expect(await found(after.find('user', 'ann'))).toEqual(['last'])
  await closeBank(plain)
  await closeBank(indexed)
  expect(await expectConsistent(dir, 'session', ['user'])).toBe(1)
})

it('reads the records of one user alone, not all of them', async () => {
  const bank = await openBank({ dir: temporaryDirectory(), schema: INDEXED })
  const records = bank.records('session')
  const write = (n: number) =>
    records.write(`id-${n}`, JSON.stringify({ user: n % 1_000, text: 'x'.repeat(2_000) }), { expires: null })
  await Promise.all(Array.from({ length: 5_000 }, (_, n) => write(n)))
  const time = async (field: string, value: number | string) => {
    const start = process.hrtime.bigint()
    const ids = await found(records.find(field, value))
    return { ids, ns: Number(process.hrtime.bigint() - start) }
  }
  const [byIndex, byScan] = [await time('user', 7), await time('text', 'nothing')]
  expect(byIndex.ids).toEqual(['id-1007', 'id-2007', 'id-3007', 'id-4007', 'id-7'])
  expect(byScan.ids).toEqual([])
  expect(byIndex.ns * 5).toBeLessThan(byScan.ns)
  await closeBank(bank)
})

it('finds many records of one value, page by page, while they are changed', async () => {
  const bank = await openBank({ dir: temporaryDirectory(), schema: INDEXED })
  const records = bank.records('session')
  const ids = Array.from({ length: 1_200 }, (_, n) => `id-${n}`)
  await Promise.all(ids.map((id) => records.write(id, '{"user":"ann"}', { expires: null })))
  const seen: string[] = []
  for await (const [id] of records.find('user', 'ann')) {
    seen.push(id)
    await records.write(id, '{"user":"bob"}', { expires: null })
  }
  expect(seen.sort()).toEqual([...ids].sort())
  expect(await found(records.find('user', 'ann'))).toEqual([])
  expect(await found(records.find('user', 'bob'))).toEqual([...ids].sort())
  await closeBank(bank)
}, 60_000)
