import { execFileSync } from 'node:child_process'
import { describeWith, redis } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

const MINUTE = 60_000
const TYPE = 'indexed'
const SET = `:index:${TYPE}:user="ann"`

describeWith(redis, (server) => {
  let bank: RedisDatabank
  beforeEach(async () => {
    bank = await openBank({ url: server().url, schema: { [TYPE]: { indices: ['user'] } } })
  })
  afterEach(async () => {
    await bank.records(TYPE).clear()
    cli('DEL', SET)
    await closeBank(bank)
  })
  const cli = (...args: string[]) =>
    execFileSync('redis-cli', ['-p', String(server().port), ...args], { encoding: 'utf8' }).trim()
  const found = async () => {
    const ids: string[] = []
    for await (const [id] of bank.records(TYPE).find('user', 'ann')) ids.push(id)
    return ids.sort()
  }
  /** Makes an entry two minutes old. */
  const age = (id: string) => cli('ZADD', SET, String(Date.now() - 2 * MINUTE), id)

  it('an entry is added before its record is written, so that a crash leaves no record without an entry', async () => {
    const records = bank.records(TYPE)
    await records.write('1', '{"user":"ann"}', { expires: null, ifRevision: null })
    // The condition fails, so the record is not written, but its entry exists.
    await records.write('1', '{"user":"ann","n":2}', { expires: null, ifRevision: null })
    await records.write('2', '{"user":"ann"}', { expires: null, ifRevision: 'another' })
    expect(cli('ZRANGE', SET, '0', '-1').split('\n').sort()).toEqual(['1', '2'])
    expect(await found()).toEqual(['1'])
  })

  it('a search removes stale entries, but not those of a write that may be in flight', async () => {
    for (const id of ['gone', 'fresh']) cli('ZADD', SET, String(Date.now()), id)
    age('gone')
    expect(await found()).toEqual([])
    expect(cli('ZRANGE', SET, '0', '-1')).toBe('fresh')
    await bank.records(TYPE).write('fresh', '{"user":"ann"}', { expires: null })
    expect(await found()).toEqual(['fresh'])
  })

  it('a set outlives its records, but expires', async () => {
    const records = bank.records(TYPE)
    const near = Date.now() + MINUTE
    const far = Date.now() + 30 * 24 * 60 * MINUTE
    await records.write('near', '{"user":"ann"}', { expires: near })
    const first = Number(cli('PEXPIRETIME', SET))
    expect(first).toBeGreaterThan(near)
    await records.touch('near', far)
    const second = Number(cli('PEXPIRETIME', SET))
    expect(second).toBeGreaterThan(far)
    await records.write('another', '{"user":"ann"}', { expires: near })
    expect(Number(cli('PEXPIRETIME', SET))).toBe(second)
    await records.write('forever', '{"user":"ann"}', { expires: null })
    expect(Number(cli('PEXPIRETIME', SET))).toBe(-1)
    await records.write('near', '{"user":"ann"}', { expires: near })
    expect(Number(cli('PEXPIRETIME', SET))).toBe(-1)
  })

  it('a record written by another program is found once it is touched', async () => {
    cli('SET', `${TYPE}:theirs`, '{"user":"ann"}', 'EX', '60')
    expect(await found()).toEqual([])
    expect(await bank.records(TYPE).touch('theirs', Date.now() + MINUTE)).toBe(true)
    expect(await found()).toEqual(['theirs'])
  })

  it('a set that is never searched does not grow without limit', async () => {
    const records = bank.records(TYPE)
    const dead = Array.from({ length: 500 }, (_, n) => [String(Date.now() - 2 * MINUTE), `dead-${n}`]).flat()
    cli('ZADD', SET, ...dead)
    for (let n = 0; n < 2_000 && Number(cli('ZCARD', SET)) > 100; n += 50) {
      await Promise.all(
        Array.from({ length: 50 }, () => records.write('1', '{"user":"ann"}', { expires: Date.now() + MINUTE })),
      )
    }
    expect(Number(cli('ZCARD', SET))).toBeLessThanOrEqual(100)
    expect(await found()).toEqual(['1'])
  })
})
