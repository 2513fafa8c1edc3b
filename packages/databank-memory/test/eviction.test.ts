import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { collect, idsOf, openBank } from './fixtures.ts'

const FOREVER = { expires: null }

describe('a bank with maxRecords', () => {
  it('removes the least recently used record', async () => {
    const records = (await openBank({ maxRecords: 3 })).records('session')
    for (const id of ['a', 'b', 'c']) await records.write(id, '{}', FOREVER)
    await records.read('a')
    await records.touch('b', null)
    await records.write('d', '{}', FOREVER)
    expect(await idsOf(records.entries())).toEqual(['a', 'b', 'd'])
  })

  it('removes an expired record before a live one', async () => {
    const records = (await openBank({ maxRecords: 3 })).records('session')
    for (const id of ['a', 'b']) await records.write(id, '{}', FOREVER)
    await records.write('ended', '{}', { expires: Date.now() - 1 })
    await records.write('c', '{}', FOREVER)
    expect(await idsOf(records.entries())).toEqual(['a', 'b', 'c'])
  })

  it('counts a record once if it is written again', async () => {
    const records = (await openBank({ maxRecords: 2 })).records('session')
    for (const id of ['a', 'b', 'a', 'a', 'b']) await records.write(id, '{}', FOREVER)
    expect(await idsOf(records.entries())).toEqual(['a', 'b'])
  })

  it('writes nothing on the revision of an evicted record', async () => {
    const records = (await openBank({ maxRecords: 1 })).records('session')
    const ifRevision = (await records.write('a', '1', FOREVER)) as string
    await records.write('b', '{}', FOREVER)
    expect(await records.write('a', '2', { ...FOREVER, ifRevision })).toBeNull()
    expect(await idsOf(records.entries())).toEqual(['b'])
  })

  it('counts and evicts records of all types', async () => {
    const bank = await openBank({ maxRecords: 2 })
    const [sessions, others] = [bank.records('session'), bank.records('other')]
    await sessions.write('a', '{}', FOREVER)
    await others.write('b', '{}', FOREVER)
    await others.write('c', '{}', FOREVER)
    expect([await sessions.count(), await idsOf(others.entries())]).toEqual([0, ['b', 'c']])
    await others.clear()
    for (const id of ['d', 'e']) await sessions.write(id, '{}', FOREVER)
    expect(await idsOf(sessions.entries())).toEqual(['d', 'e'])
  })

  it('neither counts nor evicts the leases of a store', async () => {
    const bank = await openBank({ maxRecords: 1, maxTotalBytes: 10 })
    const [sessions, leases] = [bank.records('session'), bank.records('sessionbank_lease')]
    for (const id of ['session', 'other']) await leases.write(id, '{"holder":"a long name"}', FOREVER)
    for (const id of ['a', 'b', 'c']) await sessions.write(id, '{}', FOREVER)
    expect([await leases.count(), await sessions.count()]).toEqual([2, 1])
  })

  it('removes an evicted record from its indexes', async () => {
    const bank = await openBank({ maxRecords: 1, schema: { session: { indices: ['user'] } } })
    const records = bank.records('session')
    for (const id of ['a', 'b']) await records.write(id, '{"user":"ann"}', FOREVER)
    expect(await idsOf(records.find('user', 'ann'))).toEqual(['b'])
  })
})

describe('a bank with maxTotalBytes', () => {
  it('counts ids and texts in UTF-8, and removes the least recently used record', async () => {
    const records = (await openBank({ maxTotalBytes: 20 })).records('session')
    await records.write('é', '"ééé"', FOREVER) // 10 bytes
    await records.write('bb', '"123456"', FOREVER) // 10 bytes
    expect(await idsOf(records.entries())).toEqual(['bb', 'é'])
    await records.write('bb', '"1234567"', FOREVER)
    expect(await idsOf(records.entries())).toEqual(['bb'])
    await records.write('c', '"123456"', FOREVER)
    expect(await idsOf(records.entries())).toEqual(['bb', 'c'])
  })

  it('rejects a record larger than the limit, quotes none of its content, and keeps the stored record', async () => {
    const records = (await openBank({ maxTotalBytes: 20 })).records('session')
    await records.write('a', '"old"', FOREVER)
    await records.write('b', '{}', FOREVER)
    const refused = records.write('a', `"secret${'x'.repeat(20)}"`, FOREVER)
    await expect(refused).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    const { message } = await refused.catch((error) => error)
    expect(message).toMatch(/29 bytes .*`maxTotalBytes` .* is 20/)
    expect(message).not.toContain('secret')
    expect((await collect(records.entries())).map(([id, { json }]) => [id, json])).toEqual([
      ['a', '"old"'],
      ['b', '{}'],
    ])
  })
})

describe('onEvicted', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('calls a listener once per turn of the event loop, with the number of evicted records of its type', async () => {
    const bank = await openBank({ maxRecords: 2 })
    const told: unknown[] = []
    bank.onEvicted('session', (count) => told.push(['session', count]))
    bank.onEvicted('other', (count) => told.push(['other', count]))
    for (let n = 0; n < 7; n++) void bank.records('session').write(`${n}`, '{}', FOREVER)
    void bank.records('other').write('a', '{}', FOREVER)
    await turn()
    await turn()
    expect(told).toEqual([['session', 6]])
    await bank.records('session').write('b', '{}', FOREVER)
    await bank.records('session').write('c', '{}', FOREVER)
    await turn()
    await turn()
    expect(told.slice(1)).toEqual([
      ['session', 1],
      ['other', 1],
    ])
  })

  it('calls the other listeners if one throws', () => {
    const stdout = execFileSync(process.execPath, [join(__dirname, 'throwing-listener.cjs')], { encoding: 'utf8' })
    expect(stdout).toBe('thrown\n1\n')
  })

  it('does not count records that expired, were deleted or were replaced, and calls no removed listener', async () => {
    const bank = await openBank({ maxRecords: 1 })
    const told: number[] = []
    const end = bank.onEvicted('session', (count) => told.push(count))
    const records = bank.records('session')
    await records.write('a', '{}', { expires: Date.now() - 1 })
    await records.write('b', '{}', FOREVER)
    await records.write('b', '{"n":1}', FOREVER)
    await records.delete('b')
    await records.write('c', '{}', FOREVER)
    await turn()
    end()
    await records.write('d', '{}', FOREVER)
    await turn()
    expect(told).toEqual([])
  })
})
