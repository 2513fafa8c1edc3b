import * as assert from 'node:assert/strict'
import { type Chapter, collect, DAY, disconnect, idsOf, MANY, plain, soon } from './suite.ts'

export function basics({ driver, it, records, fresh, recordsOf, schema }: Chapter): void {
  it('returns null for an id that does not exist', async () => {
    assert.equal(await records().read('nobody'), null)
  })

  it('returns exactly the text and the expiry that were written', async () => {
    const r = records()
    const expires = Date.now() + 12_345_678
    const revision = await r.write('a', '{"sid":"a","n":1}', { expires })
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":1}', revision, expires })
  })

  it('returns the same from readNow as from read, if it has readNow', async () => {
    const r = records()
    const same = async (id: string) => {
      const now = r.readNow?.(id)
      if (now !== undefined) assert.deepEqual(now && plain(now), await r.read(id).then((read) => read && plain(read)))
    }
    await r.write('a', '{"sid":"a","n":1}', { expires: soon() })
    await r.write('expired', '{"sid":"expired"}', { expires: Date.now() - 1 })
    for (const id of ['a', 'expired', 'nobody']) await same(id)
  })

  it('writes, touches and deletes synchronously with the same results, if it can', async () => {
    const r = records()
    if (!r.sync) return
    const first = r.sync.write('a', '{"sid":"a","n":1}', { expires: soon(), ifRevision: null })
    assert.equal(r.sync.write('a', '{"sid":"a","n":2}', { expires: soon(), ifRevision: null }), null)
    assert.equal((await r.read('a'))?.revision, first)
    const expires = soon() + DAY
    assert.equal(r.sync.touch('a', expires, { ifRevision: 'another' }), false)
    assert.equal(r.sync.touch('a', expires), true)
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":1}', revision: first, expires })
    const second = r.sync.write('a', '{"sid":"a","n":2}', { expires: soon(), ifRevision: first, extend: true })
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":2}', revision: second, expires })
    assert.deepEqual([r.sync.delete('a'), r.sync.delete('a')], [true, false])
    assert.equal(await r.read('a'), null)
    r.sync.write('expired', '{"sid":"expired"}', { expires: Date.now() - 1 })
    assert.equal(r.sync.touch('expired', soon()), false)
    assert.notEqual(r.sync.write('expired', '{"sid":"expired"}', { expires: null, ifRevision: null }), null)
    assert.throws(() => r.sync?.write('a', '{}', { expires: Number.NaN }), { code: 'SESSIONBANK_INVALID_VALUE' })
  })

  it('replaces content and expiry together', async () => {
    const r = records()
    await r.write('a', '{"sid":"a","n":1}', { expires: soon() })
    const revision = await r.write('a', '{"sid":"a","n":2}', { expires: null })
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":2}', revision, expires: null })
  })

  it('returns a new revision when the content changes', async () => {
    const r = records()
    const first = await r.write('a', '{"sid":"a","n":1}', { expires: null })
    const second = await r.write('a', '{"sid":"a","n":2}', { expires: null })
    assert.notEqual(first, null)
    assert.notEqual(first, second)
  })

  it('returns whether a deleted record existed', async () => {
    const r = records()
    await r.write('a', '{"sid":"a"}', { expires: soon() })
    assert.equal(await r.delete('a'), true)
    assert.equal(await r.delete('a'), false)
    assert.equal(await r.read('a'), null)
  })

  it('keeps records with the same id but different types apart', async () => {
    const [one, two] = [records(), records()]
    await one.write('a', '{"sid":"a","n":1}', { expires: null })
    await two.write('a', '{"sid":"a","n":2}', { expires: null })
    assert.equal((await one.read('a'))?.json, '{"sid":"a","n":1}')
    assert.equal(await two.delete('a'), true)
    assert.notEqual(await one.read('a'), null)
  })

  it('streams every record once while nothing changes', async () => {
    const r = records()
    const ids = Array.from({ length: MANY }, (_, i) => `id-${i}`).sort()
    const expires = Date.now() + DAY
    await Promise.all(ids.map((id, i) => r.write(id, `{"sid":"${id}","n":${i}}`, { expires })))
    assert.deepEqual(await idsOf(r.entries()), ids)
    assert.equal(await r.count(), ids.length)
  })

  it('streams records with text, revision and expiry', async () => {
    const r = records()
    const expires = soon()
    const revision = await r.write('a', '{"sid":"a","n":1}', { expires })
    const [[id, record] = [], ...others] = await collect(r.entries())
    assert.deepEqual([id, plain(record ?? null), others], ['a', { json: '{"sid":"a","n":1}', revision, expires }, []])
  })

  it('allows leaving a stream early, and deleting records during a stream', async () => {
    const r = records()
    for (let i = 0; i < 300; i++) await r.write(`id-${i}`, `{"sid":"id-${i}"}`, { expires: null })
    for await (const [id] of r.entries()) {
      assert.equal(await r.delete(id), true)
      break
    }
    for await (const [id] of r.entries()) assert.equal(await r.delete(id), true)
    assert.equal(await r.count(), 0)
  })

  it('clears one type and leaves others alone', async () => {
    const [one, two] = [records(), records()]
    for (let i = 0; i < 300; i++) await one.write(`id-${i}`, `{"sid":"id-${i}"}`, { expires: i % 2 ? soon() : null })
    await two.write('a', '{"sid":"a"}', { expires: null })
    await one.clear()
    assert.deepEqual(await collect(one.entries()), [])
    assert.equal(await one.count(), 0)
    assert.equal(await two.count(), 1)
  })

  it('keeps an expiry that is more than 30 days away', async () => {
    const r = records()
    const expires = Date.now() + 400 * DAY
    await r.write('a', '{"sid":"a"}', { expires })
    assert.equal((await r.read('a'))?.expires, expires)
    const later = Date.now() + 800 * DAY
    assert.equal(await r.touch('a', later), true)
    assert.equal((await r.read('a'))?.expires, later)
  })

  it('keeps an expiry in the years 2040, 2107 and 9999', async () => {
    const r = records()
    for (const year of [2040, 2107, 9999]) {
      const expires = Date.UTC(year, 5, 15, 12, 30, 15, 123)
      const id = `year-${year}`
      const revision = await r.write(id, '{"sid":"a"}', { expires })
      assert.deepEqual(plain(await r.read(id)), { json: '{"sid":"a"}', revision, expires })
      assert.equal(await r.touch(id, null), true)
      assert.equal(await r.touch(id, expires), true)
      assert.equal((await r.read(id))?.expires, expires)
    }
    assert.equal(await r.deleteExpired(10), 0)
    assert.equal(await r.count(), 3)
  })

  if (driver.persistent !== false) {
    it('shows all records to a second connection', async () => {
      const { type, records: r } = fresh()
      const expires = soon()
      const revision = await r.write('a', '{"sid":"a","user":"ann"}', { expires })
      const other = await driver.connect(schema)
      try {
        assert.deepEqual(plain(await recordsOf(other, type).read('a')), {
          json: '{"sid":"a","user":"ann"}',
          revision,
          expires,
        })
        assert.deepEqual(await idsOf(recordsOf(other, type).find('user', 'ann')), ['a'])
      } finally {
        await disconnect(other)
      }
    })
  }

  it('rejects calls after a disconnect', async () => {
    const bank = await driver.connect(schema)
    const r = recordsOf(bank, Object.keys(schema)[0] as string)
    await disconnect(bank)
    await assert.rejects(r.read('a'), { name: /NotConnectedError/ })
    await assert.rejects(r.write('a', '{"sid":"a"}', { expires: null }), { name: /NotConnectedError/ })
    await assert.rejects(collect(r.entries()), { name: /NotConnectedError/ })
  })
}
