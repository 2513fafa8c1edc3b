import { execFileSync } from 'node:child_process'
import { describeWith, redis, redisCluster } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

describeWith(redis, (server) => {
  let bank: RedisDatabank
  beforeAll(async () => {
    bank = await openBank({ url: server().url, schema: { indexed: { indices: ['user'] } } })
  })
  afterAll(() => closeBank(bank))
  const cli = (...args: string[]) =>
    execFileSync('redis-cli', ['-p', String(server().port), ...args], { encoding: 'utf8' }).trim()

  it('reads what connect-redis has written, with its expiry, and writes on it', async () => {
    const json = '{"cookie":{"originalMaxAge":60000},"user":"ann"}'
    cli('SET', 'sess:abc', json, 'EX', '60')
    const records = bank.records('sess')
    const record = await records.read('abc')
    expect(record?.json).toBe(json)
    expect(record?.expires).toBe(Number(cli('PEXPIRETIME', 'sess:abc')))
    const ifRevision = record?.revision as string
    expect(await records.write('abc', '{"n":2}', { expires: null, ifRevision })).not.toBeNull()
  })

  it('keeps the JSON as a string at type:id, with the expiry of Redis', async () => {
    const expires = Date.now() + 123_456
    await bank.records('session').write('xyz', '{"a":"ü\\u0000"}', { expires })
    expect(cli('GET', 'session:xyz')).toBe('{"a":"ü\\u0000"}')
    expect(Number(cli('PEXPIRETIME', 'session:xyz'))).toBe(expires)
    expect(cli('TYPE', 'session:xyz')).toBe('string')
  })

  it('does not take half of a surrogate pair for the character that UTF-8 puts in its place', async () => {
    const records = bank.records('surrogates')
    await records.write('\ufffd', '{}', { expires: null })
    expect(await records.read('\ud800')).toBeNull()
    expect(await records.touch('\ud800', 1)).toBe(false)
    expect(await records.delete('\ud800')).toBe(false)
    expect(await records.read('\ufffd')).not.toBeNull()
  })

  it('leaves nothing of a write that has expired before', async () => {
    const records = bank.records('session')
    expect(await records.write('old', '{}', { expires: Date.now() - 1 })).not.toBeNull()
    expect(await records.write('older', '{}', { expires: -5 })).not.toBeNull()
    expect(await records.write('zero', '{}', { expires: 0, ifRevision: null })).not.toBeNull()
    expect(cli('EXISTS', 'session:old', 'session:older', 'session:zero')).toBe('0')
  })

  it('takes each type for itself, whatever it is called', async () => {
    const types = ['a', 'a*', 'a?', '[a]', 'a\\', '*', 'a-b', '^a', 'ä']
    for (const type of types) await bank.records(type).write('b:id', '{}', { expires: null })
    for (const type of types) expect([type, await bank.records(type).count()]).toEqual([type, 1])
    await bank.records('*').clear()
    for (const type of types) expect([type, await bank.records(type).count()]).toEqual([type, type === '*' ? 0 : 1])
  })

  it('refuses a type with a colon, which could not be told from an id', async () => {
    await expect(bank.records('a:b').count()).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_PARAMS' })
  })

  it('does not take index sets and keys of others for records', async () => {
    const records = bank.records('indexed')
    await records.write('a', '{"user":"ann"}', { expires: null })
    cli('SADD', 'indexed:set', 'x')
    expect(await records.count()).toBe(1)
    for (const type of ['', 'index', ':index']) {
      if (type !== '' && !type.includes(':')) expect(await bank.records(type).count()).toBe(0)
    }
    await expect(records.read('set')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    const message = await records.read('set').catch((error: Error) => error.message)
    expect(message).toMatch(/WRONGTYPE/)
    expect(message).not.toContain('indexed:set')
  })
})

describeWith(redisCluster, (server) => {
  it('takes an id with braces as it is', async () => {
    const bank = await openBank({ url: server().url })
    const records = bank.records('braces')
    const ids = ['{', '}', '{}', '{a}', 'x{a}y', '{}{a}', '{a', 'a}', '{{a}}', '{ü}', 'ü{']
    for (const id of ids) await records.write(id, JSON.stringify(id), { expires: null, ifRevision: null })
    for (const id of ids) expect((await records.read(id))?.json).toBe(JSON.stringify(id))
    expect(await records.count()).toBe(ids.length)
    await records.clear()
    await closeBank(bank)
  })
})
