import { promisify } from 'node:util'
import { open } from 'lmdb'
import { expectConsistent } from './consistency.ts'
import { closeBank, collect, openBank, temporaryDirectory } from './fixtures.ts'

const INDEXED = { session: { indices: ['user'] } }
const found = async (entries: AsyncIterable<[string, unknown]>) => (await collect(entries)).map(([id]) => id).sort()

it('find returns records written before the index was declared, or by a bank that does not declare it', async () => {
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

it('find skips a record that is not JSON, which a bank without the index accepted', async () => {
  const dir = temporaryDirectory()
  const [plain, indexed] = [await openBank({ dir }), await openBank({ dir, schema: INDEXED })]
  const records = indexed.records('session')
  await records.write('a', '{"user":"ann"}', { expires: null })
  await plain.records('session').write('bad', 'this is not JSON', { expires: null })
  await records.write('c', '{"user":"ann"}', { expires: null })
  for (const bank of [plain, indexed]) {
    expect(await found(bank.records('session').find('user', 'ann'))).toEqual(['a', 'c'])
    expect(await found(bank.records('session').entries())).toEqual(['a', 'bad', 'c'])
    const seen: unknown[] = []
    await promisify(bank.scan.bind(bank))('session', (value) => seen.push(value))
    await promisify(bank.search.bind(bank))('session', { user: 'ann' }, (value) => seen.push(value))
    expect(seen).toEqual(Array(4).fill({ user: 'ann' }))
  }
  await closeBank(plain)
  await closeBank(indexed)
})

it('find reads only the records with the value, not all records', async () => {
  const dir = temporaryDirectory()
  const first = await openBank({ dir, schema: INDEXED })
  for (const [id, user] of ['ann', 'ann', 'bob'].entries()) {
    await first.records('session').write(`id-${id}`, JSON.stringify({ user }), { expires: null })
  }
  await closeBank(first)
  // Changes the index so that it differs from the records, which shows what find reads.
  const root = open({ path: dir, noSubdir: false, overlappingSync: false })
  const index = root.openDB({ name: 'session/tokens/user', encoding: 'binary' })
  const [entry] = [...index.getKeys()].filter((key) => (key as string[])[1] === 'id-1') as [[string, string]]
  await index.remove(entry)
  await index.put([entry[0].replace('ann', 'eve'), 'id-1'], Buffer.alloc(0))
  await root.close()

  const bank = await openBank({ dir, schema: INDEXED })
  expect(await found(bank.records('session').find('user', 'ann'))).toEqual(['id-0'])
  expect(await found(bank.records('session').find('user', 'eve'))).toEqual([])
  await closeBank(bank)
})

it('find returns many records of one value, page by page, while they are changed', async () => {
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
