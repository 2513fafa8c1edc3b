import { closeBank, collect, openBank, temporaryDirectory } from './fixtures.ts'

const KEPT = [
  'a'.repeat(1_536),
  '語'.repeat(512),
  '😀'.repeat(384),
  '\u007f',
  '\u0080',
  '\uffff',
  '\u{10ffff}',
  '123',
  '__proto__',
]
const REFUSED = [
  '',
  'a'.repeat(1_537),
  '語'.repeat(513),
  'a'.repeat(1_000_000),
  'a\u0000b',
  `${'a'.repeat(80)}\u0000`,
  `\u0004${'a'.repeat(80)}`,
  '\u001b',
  '\ud800',
  `${'a'.repeat(80)}\udc00`,
]
const TYPES = [
  'session',
  'session/records',
  '../session',
  '#session',
  'session\0',
  'session\0/expiry',
  '\ud800',
  '\udc00',
  '\ufffd',
  'constructor',
  '__proto__',
  'meta',
  't'.repeat(3_000),
  `${'t'.repeat(3_000)}u`,
]

it('any id is either stored exactly, or rejected by writes and not found by reads', async () => {
  const bank = await openBank({ dir: temporaryDirectory(), schema: { session: { indices: ['user'] } } })
  const records = bank.records('session')
  for (const id of KEPT) await records.write(id, '{"user":"ann"}', { expires: Date.now() + 60_000 })
  for (const id of [...REFUSED, 5 as never, null as never, {} as never]) {
    await expect(records.write(id, '{"user":"ann"}', { expires: null })).rejects.toMatchObject({
      name: 'InvalidIdError',
      code: 'SESSIONBANK_INVALID_ID',
    })
    expect(await records.read(id)).toBeNull()
    expect(await records.touch(id, null)).toBe(false)
    expect(await records.delete(id)).toBe(false)
  }
  const ids = async (entries: AsyncIterable<[string, unknown]>) => (await collect(entries)).map(([id]) => id).sort()
  expect(await ids(records.entries())).toEqual([...KEPT].sort())
  expect(await ids(records.find('user', 'ann'))).toEqual([...KEPT].sort())
  for (const id of KEPT) await records.touch(id, Date.now() - 1)
  expect(await records.deleteExpired(100)).toBe(KEPT.length)
  await closeBank(bank)
})

it('types are separate, whatever their names', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  for (const [n, type] of TYPES.entries()) await bank.records(type).write('a', `${n}`, { expires: null })
  for (const [n, type] of TYPES.entries()) {
    expect((await bank.records(type).read('a'))?.json).toBe(`${n}`)
    expect(await bank.records(type).count()).toBe(1)
  }
  await bank.records('meta').clear()
  expect(await bank.records('session').count()).toBe(1)
  await closeBank(bank)
})

it('indexed fields are separate, whatever their names', async () => {
  const fields = ['user', 'a\0', 'a\0b', '\ud800', '\udc00', 'records', '#', 'f'.repeat(3_000)]
  const dir = temporaryDirectory()
  const bank = await openBank({ dir, schema: { session: { indices: fields } } })
  const records = bank.records('session')
  for (const [n, field] of fields.entries()) {
    await records.write(`id-${n}`, JSON.stringify({ [field]: 'ann' }), { expires: null })
  }
  for (const [n, field] of fields.entries()) {
    expect((await collect(records.find(field, 'ann'))).map(([id]) => id)).toEqual([`id-${n}`])
  }
  await closeBank(bank)
})

it('any expiry within the range of a Date is stored; a record that expires at once is left to the sweep', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  const records = bank.records('session')
  for (const expires of [Date.now() + 60_000.5, 8.64e15]) {
    await records.write('a', '{}', { expires })
    expect((await records.read('a'))?.expires).toBe(Math.trunc(expires))
  }
  for (const expires of [0, -0, -0.5, -1, Number.NEGATIVE_INFINITY]) {
    await records.write('a', '{}', { expires })
    expect([await records.read('a'), await records.count()]).toEqual([null, 0])
    expect(await records.deleteExpired(5)).toBe(1)
  }
  await closeBank(bank)
})
