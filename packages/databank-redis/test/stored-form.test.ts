import { execFileSync } from 'node:child_process'
import { describeWith, redis, redisCluster } from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

describeWith(redis, (server) => {
  let bank: RedisDatabank
  beforeAll(async () => {
    bank = await openBank({
      url: server().url,
      schema: { indexed: { indices: ['user'] }, 'app:indexed': { indices: ['user'] } },
    })
  })
  afterAll(() => closeBank(bank))
  const cli = (...args: string[]) =>
    execFileSync('redis-cli', ['-p', String(server().port), ...args], { encoding: 'utf8' }).trim()

  it('records of connect-redis are read with their expiry, and can be written', async () => {
    const json = '{"cookie":{"originalMaxAge":60000},"user":"ann"}'
    cli('SET', 'sess:abc', json, 'EX', '60')
    const records = bank.records('sess')
    const record = await records.read('abc')
    expect(record?.json).toBe(json)
    expect(record?.expires).toBe(Number(cli('PEXPIRETIME', 'sess:abc')))
    const ifRevision = record?.revision as string
    expect(await records.write('abc', '{"n":2}', { expires: null, ifRevision })).not.toBeNull()
  })

  it('a record is a string of JSON at type:id, and the key has its expiry', async () => {
    const expires = Date.now() + 123_456
    await bank.records('session').write('xyz', '{"a":"ü\\u0000"}', { expires })
    expect(cli('GET', 'session:xyz')).toBe('{"a":"ü\\u0000"}')
    expect(Number(cli('PEXPIRETIME', 'session:xyz'))).toBe(expires)
    expect(cli('TYPE', 'session:xyz')).toBe('string')
  })

  it('an id with a lone surrogate is not mistaken for one with U+FFFD', async () => {
    const records = bank.records('surrogates')
    await records.write('\ufffd', '{}', { expires: null })
    expect(await records.read('\ud800')).toBeNull()
    expect(await records.touch('\ud800', 1)).toBe(false)
    expect(await records.delete('\ud800')).toBe(false)
    expect(await records.read('\ufffd')).not.toBeNull()
  })

  it('a lone surrogate in a text is stored as its escape, and the revision is of the escaped text', async () => {
    const records = bank.records('indexed')
    const text = '{"user":"\ud800","\udfff":"x\udc00y","pair":"\ud83d\ude00"}'
    const revision = (await records.write('halves', text, { expires: null })) as string
    const record = await records.read('halves')
    expect(record?.json).toBe('{"user":"\\ud800","\\udfff":"x\\udc00y","pair":"\ud83d\ude00"}')
    expect(JSON.parse(record?.json as string)).toEqual(JSON.parse(text))
    expect(record?.revision).toBe(revision)
    expect(await idsOf(records.find('user', '\ud800'))).toEqual(['halves'])
    const again = (await records.write('halves', text, { expires: null, ifRevision: revision })) as string
    expect((await records.read('halves'))?.revision).toBe(again)
    await records.clear()
  })

  it('find skips a record that is not JSON', async () => {
    const records = bank.records('indexed')
    await records.write('good', '{"user":"ann","plan":"free"}', { expires: null })
    for (const id of ['broken', 'damaged']) cli('SET', `indexed:${id}`, '{"user":"ann","plan":"fr')
    cli('ZADD', ':index:indexed:user="ann"', '1', 'broken')
    expect(await idsOf(records.find('user', 'ann'))).toEqual(['good'])
    expect(await idsOf(records.find('plan', 'free'))).toEqual(['good'])
    await records.clear()
  })

  it('a touch on an empty revision matches no record', async () => {
    for (const type of ['session', 'indexed']) {
      const records = bank.records(type)
      await records.write('a', '{}', { expires: null })
      expect(await records.touch('a', Date.now() + 60_000, { ifRevision: '' })).toBe(false)
      expect((await records.read('a'))?.expires).toBeNull()
    }
  })

  it('a write with an expiry in the past leaves no record', async () => {
    const records = bank.records('session')
    expect(await records.write('old', '{}', { expires: Date.now() - 1 })).not.toBeNull()
    expect(await records.write('older', '{}', { expires: -5 })).not.toBeNull()
    expect(await records.write('zero', '{}', { expires: 0, ifRevision: null })).not.toBeNull()
    expect(cli('EXISTS', 'session:old', 'session:older', 'session:zero')).toBe('0')
  })

  it('types are separate, whatever their names', async () => {
    const types = [
      'a',
      'a*',
      'a?',
      '[a]',
      'a\\',
      '*',
      'a-b',
      '^a',
      'ä',
      'a:b',
      'a:',
      ':a',
      ':',
      'a%3Ab',
      '%',
      'a%',
      ':index',
    ]
    for (const type of types) await bank.records(type).write('b:id', '{}', { expires: null })
    for (const type of types) expect([type, await bank.records(type).count()]).toEqual([type, 1])
    await bank.records('*').clear()
    for (const type of types) expect([type, await bank.records(type).count()]).toEqual([type, type === '*' ? 0 : 1])
    for (const type of types) await bank.records(type).clear()
  })

  it('a colon in a type is not mistaken for the one before the id', async () => {
    const one = bank.records('a')
    const other = bank.records('a:b')
    await one.write('b:c', '{"user":"ann"}', { expires: null })
    expect(await other.read('c')).toBeNull()
    expect(await other.write('c', '{"user":"bob"}', { expires: null, ifRevision: null })).not.toBeNull()
    expect(cli('GET', 'a%3Ab:c')).toBe('{"user":"bob"}')
    expect(await idsOf(other.find('user', 'bob'))).toEqual(['c'])
    await other.clear()
    expect(cli('EXISTS', 'a%3Ab:c')).toBe('0')
    expect((await one.read('b:c'))?.json).toBe('{"user":"ann"}')
    await one.clear()
  })

  it('the index of a type with a colon is separate', async () => {
    const indexed = bank.records('app:indexed')
    await indexed.write('a', '{"user":"ann"}', { expires: null })
    expect(cli('ZRANGE', ':index:app%3Aindexed:user="ann"', '0', '-1')).toBe('a')
    expect(await idsOf(indexed.find('user', 'ann'))).toEqual(['a'])
    await indexed.clear()
  })

  it('a text written by another program is not mistaken for a reply of the script', async () => {
    const records = bank.records('foreign')
    cli('SET', 'foreign:a', 'later')
    expect((await records.read('a'))?.json).toBe('later')
    expect((await Promise.all(['a', 'b'].map((id) => records.read(id))))[0]?.json).toBe('later')
    await records.clear()
  })

  it('writes and touches on a revision work for short and long texts', async () => {
    for (const length of [1, 8_192, 20_000]) {
      const json = JSON.stringify('x'.repeat(length))
      const first = (await bank.records('lengths').write('a', json, { expires: null })) as string
      const records = bank.records('lengths')
      expect(await records.touch('a', Date.now() + 60_000, { ifRevision: first })).toBe(true)
      const second = await records.write('a', `[${json}]`, { expires: null, ifRevision: first })
      expect(second).toEqual(expect.any(String))
      expect(await records.touch('a', Date.now() + 60_000, { ifRevision: first })).toBe(false)
      expect((await records.read('a'))?.revision).toBe(second)
      await records.clear()
    }
  })

  it('a type with a lone surrogate is rejected', async () => {
    await expect(bank.records('\ud800').count()).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
  })

  it('index sets and keys of other programs are not listed as records', async () => {
    const records = bank.records('indexed')
    await records.write('a', '{"user":"ann"}', { expires: null })
    cli('SADD', 'indexed:set', 'x')
    expect(await records.count()).toBe(1)
    for (const type of ['index', ':index']) expect(await bank.records(type).count()).toBe(0)
    await expect(records.read('set')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    const message = await records.read('set').catch((error: Error) => error.message)
    expect(message).toMatch(/WRONGTYPE/)
    expect(message).not.toContain('indexed:set')
  })
})

async function idsOf(entries: AsyncIterable<[id: string, record: unknown]>): Promise<string[]> {
  const ids: string[] = []
  for await (const [id] of entries) ids.push(id)
  return ids
}

describeWith(redisCluster, (server) => {
  it('an id with braces is stored unchanged', async () => {
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
