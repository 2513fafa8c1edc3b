import * as assert from 'node:assert/strict'
import type { JsonScalar } from '../databank.ts'
import type { Records } from '../records.ts'
import { type Chapter, DAY, disconnect, idsOf, MANY, soon } from './suite.ts'

export function find({ driver, it, records, fresh, freshUnindexed, recordsOf }: Chapter): void {
  const write = (r: ReturnType<typeof records>, id: string, value: object) => {
    return r.write(id, JSON.stringify({ sid: id, ...value }), { expires: soon() })
  }

  it('finds by an indexed field, by a dotted path and by a field without an index', async () => {
    const r = records()
    await write(r, '1', { user: 'ann', profile: { team: 'red' }, plan: 'free' })
    await write(r, '2', { user: 'bob', profile: { team: 'red' }, plan: 'paid' })
    await write(r, '3', { user: 'ann', profile: { team: 'blue' }, plan: 'paid' })
    assert.deepEqual(await idsOf(r.find('user', 'ann')), ['1', '3'])
    assert.deepEqual(await idsOf(r.find('profile.team', 'red')), ['1', '2'])
    assert.deepEqual(await idsOf(r.find('plan', 'paid')), ['2', '3'])
    assert.deepEqual(await idsOf(r.find('user', 'eve')), [])
    assert.deepEqual(await idsOf(r.find('profile.constructor', 'red')), [])
  })

  it('finds a record by its current content only', async () => {
    const r = records()
    const revision = (await write(r, '1', { user: 'ann' })) as string
    await r.write('1', '{"sid":"1","user":"bob"}', { expires: soon(), ifRevision: revision })
    assert.deepEqual(await idsOf(r.find('user', 'ann')), [])
    assert.deepEqual(await idsOf(r.find('user', 'bob')), ['1'])
    await write(r, '1', {})
    assert.deepEqual(await idsOf(r.find('user', 'bob')), [])
    await write(r, '1', { user: 'bob' })
    await r.touch('1', soon() + 5_000)
    assert.deepEqual(await idsOf(r.find('user', 'bob')), ['1'])
    await r.delete('1')
    assert.deepEqual(await idsOf(r.find('user', 'bob')), [])
  })

  it('distinguishes numbers from strings, null from missing fields and true from 1', async () => {
    const r = records()
    const values: JsonScalar[] = [1, '1', true, 'true', null, 'null', '', 0, false, 0.1]
    for (const [n, user] of values.entries()) await write(r, `id-${n}`, { user })
    await write(r, 'none', {})
    for (const [n, user] of values.entries()) assert.deepEqual(await idsOf(r.find('user', user)), [`id-${n}`])
  })

  it('finds long, hostile and similar values', async () => {
    const r = records()
    const values = [
      'x'.repeat(20_000),
      `${'x'.repeat(20_000)}y`,
      'a\u0000b',
      '\ud800',
      "'; --",
      '*',
      '{a}',
      'user=ann',
      '語'.repeat(100),
    ]
    for (const [n, user] of values.entries()) await write(r, `id-${n}`, { user })
    for (const [n, user] of values.entries()) assert.deepEqual(await idsOf(r.find('user', user)), [`id-${n}`])
  })

  it('ignores objects and arrays in indexed fields', async () => {
    const r = records()
    await write(r, '1', { user: { name: 'ann' }, profile: [] })
    await write(r, '2', { user: ['ann'], profile: 'red' })
    await write(r, '3', { user: 'ann', profile: { team: 'red' } })
    assert.deepEqual(await idsOf(r.find('user', 'ann')), ['3'])
    assert.deepEqual(await idsOf(r.find('profile.team', 'red')), ['3'])
  })

  it('refuses to find by a value that is not a JSON scalar, such as a query operator', async () => {
    const noScalars = [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      Symbol('ann'),
      {},
      { $ne: null },
      { $regex: '.*' },
      { $exists: false },
      ['ann'],
      () => 'ann',
      new Date(0),
    ]
    for (const r of [records(), freshUnindexed().records]) {
      await write(r, '1', { user: 'ann' })
      await write(r, '2', {})
      for (const value of noScalars) {
        await assert.rejects(idsOf(r.find('user', value as never)), { code: 'SESSIONBANK_INVALID_VALUE' })
      }
    }
  })

  it('finds the same numbers and texts, in any spelling, with and without an index', async () => {
    const texts = ['-0', '0.0', '0', '1e2', '100', '1E21', '1e-7', '"1e2"', '"0"', '"a.b"', '"$ne"', '"\\ud800"']
    const answers: [wanted: JsonScalar, found: number[]][] = [
      [0, [0, 1, 2]],
      [-0, [0, 1, 2]],
      [100, [3, 4]],
      [1e21, [5]],
      [1e-7, [6]],
      ['1e2', [7]],
      ['0', [8]],
      ['a.b', [9]],
      ['$ne', [10]],
      ['\ud800', [11]],
      ['\udbff', []],
      [Number.MAX_VALUE, []],
    ]
    for (const r of [records(), freshUnindexed().records]) {
      for (const [n, user] of texts.entries()) {
        await r.write(`id-${n}`, `{"sid":"id-${n}","user":${user}}`, { expires: soon() })
      }
      for (const [wanted, found] of answers) {
        assert.deepEqual(await idsOf(r.find('user', wanted)), found.map((n) => `id-${n}`).sort())
      }
    }
  })

  it('does not find a key that contains a dot by a dotted path', async () => {
    for (const r of [records(), freshUnindexed().records]) {
      await write(r, '1', { 'profile.team': 'red' })
      await write(r, '2', { profile: { team: 'red' } })
      assert.deepEqual(await idsOf(r.find('profile.team', 'red')), ['2'])
    }
  })

  it('removes the index entries of cleared records', async () => {
    const r = records()
    for (let n = 0; n < 20; n++) await write(r, `id-${n}`, { user: 'ann' })
    await r.clear()
    await write(r, 'new', { user: 'ann' })
    assert.deepEqual(await idsOf(r.find('user', 'ann')), ['new'])
  })

  it('finds each of many records, by a field with an index and by a field without one', async () => {
    const r = records()
    const ids = Array.from({ length: MANY }, (_, n) => `id-${n}`).sort()
    const expires = Date.now() + DAY
    await Promise.all(ids.map((id) => r.write(id, JSON.stringify({ sid: id, user: 'ann', plan: 'free' }), { expires })))
    assert.deepEqual(await idsOf(r.find('user', 'ann')), ids)
    assert.deepEqual(await idsOf(r.find('plan', 'free')), ids)
  })

  it('finds live records by the tokens that their last write set', async () => {
    const r = records()
    if (!r.candidates) return
    const tokens = (user: string) => ({ user, 'profile.team': null })
    await r.write('1', '{"sealed":1}', { expires: soon(), tokens: tokens('~token-a') })
    await r.write('2', '{"sealed":2}', { expires: soon(), tokens: tokens('~token-b') })
    await r.write('3', '{"sealed":3}', { expires: soon(), tokens: tokens('~token-c') })
    for (let life = 1; life <= 3; life++) {
      await r.touch('1', Date.now() + life * DAY, { tokens: tokens('~token-a') })
    }
    // A bank without an index returns all records, each of them once.
    const finds = async (wanted: string[], ...expected: string[]) => {
      const ids = await idsOf(r.candidates?.('user', wanted) ?? assert.fail())
      assert.deepEqual([...new Set(ids)], ids)
      for (const id of expected) assert.ok(ids.includes(id))
    }
    await finds(['~token-a'], '1')
    await finds(['~token-b', '~token-a', '~token-b'], '1', '2')
    await r.write('1', '{"sealed":4}', { expires: soon(), tokens: tokens('~token-b') })
    await finds(['~token-b'], '1', '2')
    await finds(['~token-c', '~token-b'], '1', '2', '3')
    assert.deepEqual(await idsOf(r.entries()), ['1', '2', '3'])
  })

  if (driver.persistent !== false) {
    it('finds records that were written before their field was indexed', async () => {
      const { type, records: indexed } = fresh()
      const other = await driver.connect({ [type]: { pkey: 'sid' } })
      try {
        await recordsOf(other, type).write('older', '{"sid":"older","user":"ann"}', { expires: soon() })
      } finally {
        await disconnect(other)
      }
      assert.deepEqual(await idsOf(indexed.find('user', 'ann')), ['older'])
      await write(indexed, 'newer', { user: 'ann' })
      assert.deepEqual(await idsOf(indexed.find('user', 'ann')), ['newer', 'older'])
    })
  }

  it('skips a record that is not JSON in find', async () => {
    for (const r of [records(), freshUnindexed().records]) {
      await write(r, '1', { user: 'ann' })
      const kept = await wroteNoJson(r, 'bad')
      await write(r, '2', { user: 'ann' })
      assert.deepEqual(await idsOf(r.find('user', 'ann')), ['1', '2'])
      assert.deepEqual(await idsOf(r.find('plan', 'free')), [])
      assert.deepEqual(await idsOf(r.entries()), kept ? ['1', '2', 'bad'] : ['1', '2'])
    }
  })
}

/** Returns false if the driver refuses the record, which is allowed. */
export async function wroteNoJson(records: Records, id: string, text = 'this is not JSON'): Promise<boolean> {
  try {
    await records.write(id, text, { expires: soon() })
    return true
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'SESSIONBANK_INVALID_VALUE')
    return false
  }
}
