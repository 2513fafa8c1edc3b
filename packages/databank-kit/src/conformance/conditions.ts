import * as assert from 'node:assert/strict'
import type { Records } from '../records.ts'
import { type Chapter, disconnect, MINUTE, past, plain, soon } from './suite.ts'

/** Number of races between two connections. A driver that reads before it writes fails in one of the first few. */
const ROUNDS = 25

export function conditions({ driver, it, records, fresh, recordsOf, schema }: Chapter): void {
  it('writes if the given revision is the current one', async () => {
    const r = records()
    const first = (await r.write('a', '{"sid":"a","n":1}', { expires: null })) as string
    const second = await r.write('a', '{"sid":"a","n":2}', { expires: soon(), ifRevision: first })
    assert.notEqual(second, null)
    assert.equal((await r.read('a'))?.revision, second)
  })

  it('sets the expiry in a conditional write', async () => {
    const r = records()
    const late = soon() + MINUTE
    let revision = (await r.write('a', '{"sid":"a","n":0}', { expires: soon() })) as string
    for (const [n, expires] of [late, null, soon(), late].entries()) {
      const json = `{"sid":"a","n":${n + 1}}`
      revision = (await r.write('a', json, { expires, ifRevision: revision })) as string
      assert.deepEqual(plain(await r.read('a')), { json, revision, expires })
    }
  })

  it('sets the expiry of a record that it creates', async () => {
    const r = records()
    for (const expires of [soon(), null]) {
      const id = `ends-${expires !== null}`
      const revision = await r.write(id, '{"sid":"a"}', { expires, ifRevision: null })
      assert.deepEqual(plain(await r.read(id)), { json: '{"sid":"a"}', revision, expires })
    }
    await r.write('late', '{"sid":"late"}', { expires: past(), ifRevision: null })
    assert.equal(await r.read('late'), null)
  })

  it('writes nothing if the given revision has been replaced', async () => {
    const r = records()
    const first = (await r.write('a', '{"sid":"a","n":1}', { expires: null })) as string
    const expires = soon()
    const second = await r.write('a', '{"sid":"a","n":2}', { expires })
    assert.equal(await r.write('a', '{"sid":"a","n":3}', { expires: null, ifRevision: first }), null)
    assert.deepEqual(plain(await r.read('a')), { json: '{"sid":"a","n":2}', revision: second, expires })
  })

  it('does not recreate a deleted record with its old revision', async () => {
    const r = records()
    const revision = (await r.write('a', '{"sid":"a","n":1}', { expires: null })) as string
    await r.delete('a')
    assert.equal(await r.write('a', '{"sid":"a","n":2}', { expires: null, ifRevision: revision }), null)
    assert.equal(await r.touch('a', soon(), { ifRevision: revision }), false)
    assert.equal(await r.touch('a', soon()), false)
    assert.equal(await r.read('a'), null)
  })

  it('does not revive an expired record with its old revision', async () => {
    const r = records()
    const revision = (await r.write('a', '{"sid":"a","n":1}', { expires: soon() })) as string
    await r.touch('a', past())
    assert.equal(await r.write('a', '{"sid":"a","n":2}', { expires: soon(), ifRevision: revision }), null)
    assert.equal(await r.touch('a', soon(), { ifRevision: revision }), false)
    assert.equal(await r.read('a'), null)
  })

  it('creates a record only if there is none or an expired one', async () => {
    const r = records()
    assert.notEqual(await r.write('a', '{"sid":"a","n":1}', { expires: null, ifRevision: null }), null)
    assert.equal(await r.write('a', '{"sid":"a","n":2}', { expires: null, ifRevision: null }), null)
    await r.touch('a', past())
    assert.notEqual(await r.write('a', '{"sid":"a","n":3}', { expires: null, ifRevision: null }), null)
    assert.equal((await r.read('a'))?.json, '{"sid":"a","n":3}')
  })

  it('accepts one of many concurrent creations', async () => {
    const r = records()
    const attempts = Array.from({ length: 20 }, (_, n) => {
      return r.write('a', `{"sid":"a","n":${n}}`, { expires: soon(), ifRevision: null })
    })
    const won = (await Promise.all(attempts)).filter((revision) => revision !== null)
    assert.equal(won.length, 1)
    assert.equal((await r.read('a'))?.revision, won[0])
  })

  it('accepts one of many concurrent writes on the same revision', async () => {
    const r = records()
    const ifRevision = (await r.write('a', '{"sid":"a"}', { expires: null })) as string
    const attempts = Array.from({ length: 20 }, (_, n) => {
      return r.write('a', `{"sid":"a","n":${n}}`, { expires: soon(), ifRevision })
    })
    const won = (await Promise.all(attempts)).filter((revision) => revision !== null)
    assert.equal(won.length, 1)
    assert.equal((await r.read('a'))?.revision, won[0])
  })

  if (driver.persistent !== false) {
    it('accepts one of many concurrent creations by two connections', async () => {
      await onTwoConnections(async (one, two) => {
        for (let round = 0; round < ROUNDS; round++) {
          await expectOneWinner([one, two], `id-${round}`, null)
        }
      })
    })

    it('accepts one of many concurrent writes by two connections on the same revision', async () => {
      await onTwoConnections(async (one, two) => {
        for (let round = 0; round < ROUNDS; round++) {
          const revision = (await one.write('a', `{"sid":"a","round":${round}}`, { expires: soon() })) as string
          await expectOneWinner([one, two], 'a', revision)
        }
      })
    })
  }

  async function onTwoConnections(race: (one: Records, two: Records) => Promise<void>): Promise<void> {
    const { type, records: one } = fresh()
    const other = await driver.connect(schema)
    try {
      await race(one, recordsOf(other, type))
    } finally {
      await disconnect(other)
    }
  }

  it('loses no increment of concurrent writers that retry', async () => {
    const r = records()
    await r.write('a', '{"sid":"a","n":0}', { expires: null })
    await Promise.all(Array.from({ length: 6 }, () => increment(r, 'a', 15)))
    assert.equal((await r.read('a'))?.json, '{"sid":"a","n":90}')
  })
}

async function expectOneWinner(connections: Records[], id: string, ifRevision: string | null): Promise<void> {
  const attempts = [...connections, ...connections].map((r, n) => {
    return r.write(id, JSON.stringify({ sid: id, n }), { expires: soon(), ifRevision })
  })
  const won = (await Promise.all(attempts)).filter((revision) => revision !== null)
  assert.equal(won.length, 1)
  for (const r of connections) assert.equal((await r.read(id))?.revision, won[0])
}

/** Far more attempts than concurrent writers can cause. */
const MOST_ATTEMPTS = 5_000

async function increment(records: Records, id: string, times: number): Promise<void> {
  for (let done = 0, attempts = 0; done < times; attempts++) {
    assert.ok(attempts < MOST_ATTEMPTS, 'a write on the revision that was read keeps being refused')
    const record = await records.read(id)
    assert.ok(record)
    const value = JSON.parse(record.json)
    const json = JSON.stringify({ ...value, n: value.n + 1 })
    if ((await records.write(id, json, { expires: record.expires, ifRevision: record.revision })) !== null) done++
  }
}
