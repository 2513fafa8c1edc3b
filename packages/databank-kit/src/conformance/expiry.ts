import * as assert from 'node:assert/strict'
import { type Chapter, collect, past, plain, soon } from './suite.ts'

/** Short enough to wait for, but long enough to read the record in time on a slow machine, in ms. */
const SHORT_LIFE = 1_500

export function expiry({ driver, it, records }: Chapter): void {
  it('changes only the expiry in a touch', async () => {
    const r = records()
    const revision = await r.write('a', '{"sid":"a","n":1}', { expires: soon() })
    const expires = soon() + 5_000
    assert.equal(await r.touch('a', expires), true)
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":1}', revision, expires })
  })

  it('removes and restores an expiry by touches', async () => {
    const r = records()
    const revision = (await r.write('a', '{"sid":"a"}', { expires: soon() })) as string
    assert.equal(await r.touch('a', null, { ifRevision: revision }), true)
    assert.equal((await r.read('a'))?.expires, null)
    const expires = soon()
    assert.equal(await r.touch('a', expires, { ifRevision: revision }), true)
    assert.equal((await r.read('a'))?.expires, expires)
  })

  it('touches only the given revision', async () => {
    const r = records()
    const first = (await r.write('a', '{"sid":"a","n":1}', { expires: null })) as string
    await r.write('a', '{"sid":"a","n":2}', { expires: null })
    assert.equal(await r.touch('a', soon(), { ifRevision: first }), false)
    assert.equal((await r.read('a'))?.expires, null)
    const expires = soon()
    assert.equal(await r.touch('a', expires), true)
    assert.equal(await r.touch('a', null, { ifRevision: first }), false)
    assert.equal((await r.read('a'))?.expires, expires)
  })

  it('refuses an invalid expiry and keeps the stored record', async () => {
    const r = records()
    const expires = soon()
    const revision = await r.write('a', '{"sid":"a"}', { expires })
    const refused = { code: 'SESSIONBANK_INVALID_VALUE' }
    for (const wrong of [Number.NaN, undefined, new Date(), true, '2040-01-01', String(expires), {}]) {
      await assert.rejects(r.write('a', '{"sid":"a","n":2}', { expires: wrong as never }), refused)
      await assert.rejects(r.write('new', '{"sid":"new"}', { expires: wrong as never, ifRevision: null }), refused)
      await assert.rejects(r.touch('a', wrong as never), refused)
    }
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a"}', revision, expires })
    assert.equal(await r.count(), 1)
  })

  it('stores an infinite expiry as never, and any other within the range of a Date', async () => {
    const r = records()
    await r.write('a', '{"sid":"a"}', { expires: Number.POSITIVE_INFINITY })
    assert.equal((await r.read('a'))?.expires, null)
    await r.touch('a', Number.MAX_VALUE)
    assert.equal((await r.read('a'))?.expires, 8.64e15)
    for (const [n, expires] of [0, -1, -8.64e15, Number.NEGATIVE_INFINITY].entries()) {
      await r.write(`dead-${n}`, '{"sid":"dead"}', { expires })
      assert.equal(await r.read(`dead-${n}`), null)
    }
    assert.equal(await r.count(), 1)
    assert.equal(await r.deleteExpired(10), driver.expiresItself ? 0 : 4)
  })

  it('truncates an expiry to whole milliseconds', async () => {
    const r = records()
    const expires = soon()
    await r.write('a', '{"sid":"a"}', { expires: expires + 0.5 })
    assert.equal((await r.read('a'))?.expires, expires)
    assert.equal(await r.touch('a', expires + 1_000.25), true)
    assert.equal((await r.read('a'))?.expires, expires + 1_000)
  })

  it('hides an expired record from every call', async () => {
    const r = records()
    await r.write('dead', '{"sid":"dead","user":"ann"}', { expires: past() })
    await r.write('old', '{"sid":"old","user":"ann"}', { expires: soon() })
    await r.touch('old', past())
    await r.write('live', '{"sid":"live","user":"ann"}', { expires: soon() })
    for (const id of ['dead', 'old']) {
      assert.equal(await r.read(id), null)
      assert.equal(await r.touch(id, soon()), false)
    }
    assert.deepEqual(
      (await collect(r.entries())).map(([id]) => id),
      ['live'],
    )
    assert.deepEqual(
      (await collect(r.find('user', 'ann'))).map(([id]) => id),
      ['live'],
    )
    assert.deepEqual(
      (await collect(r.find('sid', 'dead'))).map(([id]) => id),
      [],
    )
    assert.equal(await r.count(), 1)
  })

  it('hides a record as soon as its expiry passes', async () => {
    const r = records()
    const expires = Date.now() + SHORT_LIFE
    await r.write('a', '{"sid":"a"}', { expires })
    assert.notEqual(await r.read('a'), null)
    await passing(expires)
    assert.equal(await r.read('a'), null)
    assert.equal(await r.count(), 0)
  })

  it('deletes up to the given number of expired records, and no live ones', async () => {
    const r = records()
    for (let i = 0; i < 30; i++) await r.write(`dead-${i}`, `{"sid":"dead-${i}"}`, { expires: past() - i })
    await r.write('live', '{"sid":"live"}', { expires: soon() })
    await r.write('forever', '{"sid":"forever"}', { expires: null })
    const rounds = [await r.deleteExpired(20), await r.deleteExpired(20), await r.deleteExpired(20)]
    if (driver.expiresItself) assert.deepEqual(rounds, [0, 0, 0])
    else assert.deepEqual(rounds, [20, 10, 0])
    assert.notEqual(await r.read('live'), null)
    assert.notEqual(await r.read('forever'), null)
  })

  it('counts the expired records that it has not removed yet', async () => {
    const r = records()
    for (let i = 0; i < 3; i++) await r.write(`dead-${i}`, `{"sid":"dead-${i}"}`, { expires: past() - i })
    await r.write('live', '{"sid":"live"}', { expires: soon() })
    await r.write('forever', '{"sid":"forever"}', { expires: null })
    if (!r.countExpired) return
    const count = await r.countExpired()
    if (driver.expiresItself) assert.ok(count <= 3)
    else assert.equal(count, 3)
    await r.deleteExpired(10)
    if (!driver.expiresItself) assert.equal(await r.countExpired(), 0)
    assert.equal(await r.count(), 2)
  })

  it('does not delete expired records that have been touched or rewritten', async () => {
    const r = records()
    const expires = Date.now() + SHORT_LIFE
    await r.write('touched', '{"sid":"touched"}', { expires })
    await r.write('written', '{"sid":"written"}', { expires })
    await r.write('again', '{"sid":"again"}', { expires: past() })
    await r.touch('touched', soon())
    await r.write('written', '{"sid":"written","n":2}', { expires: null })
    await r.write('again', '{"sid":"again","n":2}', { expires: soon() })
    await passing(expires)
    assert.equal(await r.deleteExpired(10), 0)
    assert.equal(await r.count(), 3)
  })

  it('deletes expired records of one type only', async () => {
    const [one, two] = [records(), records()]
    await one.write('a', '{"sid":"a"}', { expires: past() })
    await two.write('a', '{"sid":"a"}', { expires: past() })
    assert.equal(await one.deleteExpired(10), driver.expiresItself ? 0 : 1)
    assert.equal(await two.deleteExpired(10), driver.expiresItself ? 0 : 1)
  })
}

/** Waits until a time in ms since the epoch has passed. */
async function passing(time: number): Promise<void> {
  while (Date.now() <= time) await new Promise((resolve) => setTimeout(resolve, time - Date.now() + 1))
}
