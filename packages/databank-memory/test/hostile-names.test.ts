import { idsOf, openBank } from './fixtures.ts'

const NAMES = [...Object.getOwnPropertyNames(Object.prototype), '', '__proto__', '0', 'size', '\0', '語', '\uffff']

it('any id is either stored exactly or rejected', async () => {
  const records = (await openBank({ maxRecords: 100 })).records('session')
  for (const id of NAMES) expect([id, await records.read(id), await records.delete(id)]).toEqual([id, null, false])
  for (const id of NAMES) await records.write(id, JSON.stringify(id), { expires: Date.now() + 60_000 })
  for (const id of NAMES) expect((await records.read(id))?.json).toBe(JSON.stringify(id))
  expect(await idsOf(records.entries())).toEqual([...new Set(NAMES)].sort())
  for (const id of ['\ud800', 'a'.repeat(5_000), 5 as never, null as never]) {
    await expect(records.write(id, '{}', { expires: null })).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_ID' })
    expect(await records.read(id)).toBeNull()
  }
})

it('types are separate, whatever their names', async () => {
  const bank = await openBank()
  for (const type of NAMES.filter(Boolean)) await bank.records(type).write('a', JSON.stringify(type), { expires: null })
  for (const type of NAMES.filter(Boolean)) {
    expect([type, await bank.records(type).count()]).toEqual([type, 1])
    expect((await bank.records(type).read('a'))?.json).toBe(JSON.stringify(type))
  }
})

it('records are found by fields of any name', async () => {
  const records = (await openBank({ schema: { session: { indices: NAMES } } })).records('session')
  for (const field of NAMES) await records.write(field, `{${JSON.stringify(field)}:"ann"}`, { expires: null })
  for (const field of NAMES) expect(await idsOf(records.find(field, 'ann'))).toEqual([field])
  // Tokens passed by a caller may be an object with a prototype.
  await records.write('own', '{"constructor":"bob"}', { expires: null, tokens: { constructor: 'constructor="bob"' } })
  expect(await idsOf(records.find('constructor', 'bob'))).toEqual(['own'])
})
