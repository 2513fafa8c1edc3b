import * as assert from 'node:assert/strict'
import { promisify } from 'node:util'
import { wroteNoJson } from './find.ts'
import { type Chapter, disconnect, past, soon } from './suite.ts'

/** Tests of databank's callback API that its own suite lacks: expiry, atomicity and unusual values. */
export function databankApi({ driver, it, fresh, freshUnindexed, schema }: Chapter): void {
  it('answers a ping while it is connected, by promise or callback', async () => {
    const bank = await driver.connect(schema)
    if (!bank.ping) throw new Error(`${driver.name}: the bank has no ping() method`)
    const ping = bank.ping.bind(bank)
    assert.equal(await ping(), undefined)
    await promisify<void>(ping)()
    await disconnect(bank)
    await assert.rejects(ping(), { name: 'NotConnectedError' })
    await assert.rejects(promisify<void>(ping)(), { name: 'NotConnectedError' })
  })

  it('counts each of many concurrent increments', async () => {
    const { bank, type } = fresh()
    const incr = promisify(bank.incr.bind(bank))
    await Promise.all(Array.from({ length: 25 }, () => incr(type, 'counter')))
    assert.equal(await promisify(bank.read.bind(bank))(type, 'counter'), 25)
  })

  it('keeps all items that are appended concurrently', async () => {
    const { bank, type } = fresh()
    const append = promisify(bank.append.bind(bank))
    await Promise.all(Array.from({ length: 15 }, (_, n) => append(type, 'list', n)))
    const list = (await promisify(bank.read.bind(bank))(type, 'list')) as number[]
    assert.deepEqual(
      [...list].sort((a, b) => a - b),
      Array.from({ length: 15 }, (_, n) => n),
    )
  })

  it('expires a session saved by connect-databank with its cookie', async () => {
    const { bank, type, records } = fresh()
    const save = promisify(bank.save.bind(bank))
    const expires = soon()
    await save(type, 'live', { sid: 'live', cookie: { expires: new Date(expires) } })
    await save(type, 'dead', { sid: 'dead', cookie: { expires: new Date(past()).toISOString() } })
    await save(type, 'forever', { sid: 'forever', cookie: { expires: null } })
    assert.equal((await records.read('live'))?.expires, expires)
    assert.equal((await records.read('forever'))?.expires, null)
    await assert.rejects(promisify(bank.read.bind(bank))(type, 'dead'), { name: 'NoSuchThingError' })
    const seen: string[] = []
    await promisify(bank.scan.bind(bank))(type, (value) => seen.push((value as { sid: string }).sid))
    assert.deepEqual(seen.sort(), ['forever', 'live'])
  })

  it('keeps the expiry of a record when its value is updated', async () => {
    const { bank, type, records } = fresh()
    const expires = soon()
    await records.write('a', '{"sid":"a","n":1}', { expires })
    await promisify(bank.update.bind(bank))(type, 'a', { sid: 'a', n: 2 })
    assert.deepEqual(
      [(await records.read('a'))?.json, (await records.read('a'))?.expires],
      ['{"sid":"a","n":2}', expires],
    )
  })

  it('searches by several criteria, with and without an index', async () => {
    const { bank, type } = fresh()
    const create = promisify(bank.create.bind(bank))
    await create(type, '1', { sid: '1', user: 'ann', plan: 'free' })
    await create(type, '2', { sid: '2', user: 'ann', plan: 'paid' })
    await create(type, '3', { sid: '3', user: 'bob', plan: 'paid' })
    const search = async (criteria: object) => {
      const seen: string[] = []
      const add = (value: unknown) => seen.push((value as { sid: string }).sid)
      await promisify(bank.search.bind(bank))(type, criteria as Record<string, unknown>, add)
      return seen.sort()
    }
    assert.deepEqual(await search({ user: 'ann' }), ['1', '2'])
    assert.deepEqual(await search({ user: 'ann', plan: 'paid' }), ['2'])
    assert.deepEqual(await search({ plan: 'paid' }), ['2', '3'])
    assert.deepEqual(await search({}), ['1', '2', '3'])
  })

  it('returns the same search results with and without an index', async () => {
    const users = ['ann', 42, '42', null, true, 'true', 0, '', false, 1, '0x2a', ' 42 ', 'NaN', 'null', 'undefined']
    const answers = async ({ bank, type }: ReturnType<typeof fresh>) => {
      for (const [n, user] of users.entries())
        await promisify(bank.create.bind(bank))(type, `${n}`, { sid: `${n}`, user })
      await promisify(bank.create.bind(bank))(type, 'none', { sid: 'none' })
      await promisify(bank.create.bind(bank))(type, 'text', 'ann')
      const found: Record<string, string[]> = {}
      for (const user of [...users, undefined]) {
        const seen: string[] = []
        const add = (value: unknown) => seen.push(JSON.stringify(value))
        await promisify(bank.search.bind(bank))(type, { user }, add)
        found[`${typeof user} ${user}`] = seen.sort()
      }
      return found
    }
    const found = await answers(freshUnindexed())
    assert.deepEqual(found['string ann'], ['{"sid":"0","user":"ann"}'])
    assert.deepEqual(await answers(fresh()), found)
  })

  it('does not treat search criteria as query operators', async () => {
    for (const { bank, type } of [fresh(), freshUnindexed()]) {
      const create = promisify(bank.create.bind(bank))
      await create(type, '1', { sid: '1', user: 'ann' })
      await create(type, '2', { sid: '2' })
      const operators = [{ $ne: null }, { $regex: '.*' }, { $exists: true }, { $type: 'string' }]
      const seen: unknown[] = []
      for (const user of operators) await promisify(bank.search.bind(bank))(type, { user }, (value) => seen.push(value))
      for (const criteria of [{ $where: 'true' }, { $or: [{}] }, { $expr: true }]) {
        await promisify(bank.search.bind(bank))(type, criteria, (value) => seen.push(value))
      }
      assert.deepEqual(seen, [])
    }
  })

  it('skips a record that is not JSON in searches and scans', async () => {
    for (const { bank, type, records } of [fresh(), freshUnindexed()]) {
      const save = promisify(bank.save.bind(bank))
      await save(type, '1', { sid: '1', user: 'ann' })
      await wroteNoJson(records, 'bad')
      await save(type, '2', { sid: '2', user: 'ann', odd: { toString: 1 } })
      const seen: string[] = []
      const add = (value: unknown) => seen.push((value as { sid: string }).sid)
      await promisify(bank.search.bind(bank))(type, { user: 'ann' }, add)
      await promisify(bank.search.bind(bank))(type, { sid: '2' }, add)
      await promisify(bank.search.bind(bank))(type, { odd: 'ann' }, add)
      await promisify(bank.scan.bind(bank))(type, add)
      assert.deepEqual(seen.sort(), ['1', '1', '2', '2', '2'])
    }
  })

  it('rejects an index beyond the end of an array', async () => {
    const { bank, type } = fresh()
    await promisify(bank.save.bind(bank))(type, 'list', ['a', null])
    const item = promisify(bank.item.bind(bank))
    assert.deepEqual([await item(type, 'list', 0), await item(type, 'list', 1)], ['a', null])
    for (const index of [2, 99, -1]) {
      await assert.rejects(item(type, 'list', index), { name: 'DatabankError', message: `Bad index: ${index}` })
    }
  })

  it('refuses a value that is not JSON and keeps the stored one', async () => {
    const { bank, type } = fresh()
    const save = promisify(bank.save.bind(bank))
    await save(type, 'a', { n: 1 })
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    await assert.rejects(save(type, 'a', cycle), { code: 'SESSIONBANK_INVALID_VALUE' })
    await assert.rejects(save(type, 'a', undefined as never), { code: 'SESSIONBANK_INVALID_VALUE' })
    assert.deepEqual(await promisify(bank.read.bind(bank))(type, 'a'), { n: 1 })
  })
}
