import * as assert from 'node:assert/strict'
import type { Records } from '../records.ts'
import { type Chapter, MINUTE, past, plain, soon } from './suite.ts'

/** Tests of `extend`: a live record never gets an earlier expiry. */
export function extend({ it, records }: Chapter): void {
  /** All combinations of a record's expiry and a new one: [before, new, result]. */
  const cases = () => {
    const [early, late] = [soon(), soon() + MINUTE]
    return [
      [late, early, late],
      [early, late, late],
      [early, early, early],
      [early, null, null],
      [null, early, null],
      [null, null, null],
    ] as const
  }
  const write = (r: Records, expires: number | null, id = 'a') => {
    return r.write(id, '{"sid":"a","n":1}', { expires }) as Promise<string>
  }

  it('never shortens the expiry in a write with extend', async () => {
    const r = records()
    for (const [n, [before, told, end]] of cases().entries()) {
      const id = `id-${n}`
      const ifRevision = await write(r, before, id)
      const revision = await r.write(id, '{"sid":"a","n":2}', { expires: told, ifRevision, extend: true })
      assert.notEqual(revision, null)
      assert.deepEqual(plain(await r.read(id)), { json: '{"sid":"a","n":2}', revision, expires: end })
    }
  })

  it('never shortens the expiry in a touch with extend', async () => {
    const r = records()
    for (const [n, [before, told, end]] of cases().entries()) {
      const ids = [`id-${n}`, `on-revision-${n}`] as const
      const revisions = [await write(r, before, ids[0]), await write(r, before, ids[1])] as const
      assert.equal(await r.touch(ids[0], told, { extend: true }), true)
      assert.equal(await r.touch(ids[1], told, { extend: true, ifRevision: revisions[1] }), true)
      for (const [i, id] of ids.entries()) {
        assert.deepEqual(plain(await r.read(id)), { json: '{"sid":"a","n":1}', revision: revisions[i], expires: end })
      }
    }
  })

  it('shortens the expiry in a write or touch without extend', async () => {
    const r = records()
    for (const options of [{}, { extend: false }]) {
      for (const before of [soon() + MINUTE, null]) {
        const ifRevision = await write(r, before)
        const expires = soon()
        await r.write('a', '{"sid":"a","n":2}', { expires, ifRevision, ...options })
        assert.equal((await r.read('a'))?.expires, expires)
        assert.equal(await r.touch('a', expires - 1, options), true)
        assert.equal((await r.read('a'))?.expires, expires - 1)
      }
    }
  })

  it('extends no record whose revision has been replaced', async () => {
    const r = records()
    const ifRevision = await write(r, soon())
    const expires = soon()
    const revision = await r.write('a', '{"sid":"a","n":2}', { expires })
    for (const later of [expires + MINUTE, null]) {
      assert.equal(await r.write('a', '{"sid":"a","n":3}', { expires: later, ifRevision, extend: true }), null)
      assert.equal(await r.touch('a', later, { ifRevision, extend: true }), false)
    }
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":2}', revision, expires })
  })

  it('extends no expired record', async () => {
    const r = records()
    const ifRevision = await write(r, null)
    await r.touch('a', past())
    for (const expires of [soon(), null]) {
      assert.equal(await r.write('a', '{"sid":"a","n":2}', { expires, ifRevision, extend: true }), null)
      assert.equal(await r.touch('a', expires, { ifRevision, extend: true }), false)
      assert.equal(await r.touch('a', expires, { extend: true }), false)
    }
    assert.equal(await r.read('a'), null)
    const expires = soon()
    await r.write('a', '{"sid":"a","n":3}', { expires, ifRevision: null, extend: true })
    assert.equal((await r.read('a'))?.expires, expires)
  })

  it('keeps the expiry that a touch set before a write with extend', async () => {
    const r = records()
    const ifRevision = await write(r, soon())
    const late = soon() + MINUTE
    assert.equal(await r.touch('a', late), true)
    const revision = (await r.write('a', '{"sid":"a","n":2}', { expires: soon(), ifRevision, extend: true })) as string
    assert.equal((await r.read('a'))?.expires, late)
    assert.equal(await r.touch('a', past(), { ifRevision: revision }), true)
    assert.equal(await r.count(), 0)
  })

  it('keeps the latest expiry of many concurrent touches and a write with extend', async () => {
    const r = records()
    const [sooner, later] = [soon(), soon() + MINUTE]
    const ifRevision = await write(r, sooner)
    const ends = Array.from({ length: 20 }, (_, n) => later + ((n * 7) % 20))
    const touches = ends.map((end) => r.touch('a', end, { ifRevision, extend: true }))
    const written = r.write('a', '{"sid":"a","n":2}', { expires: sooner, ifRevision, extend: true })
    const touched = await Promise.all(touches)
    assert.notEqual(await written, null)
    assert.equal((await r.read('a'))?.expires, Math.max(sooner, ...ends.filter((_, n) => touched[n])))
  })
}
