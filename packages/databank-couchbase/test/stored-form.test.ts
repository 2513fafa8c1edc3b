import { couchbase, describeWith } from '@sessionbank/test-servers'
import { type Cluster, type Collection, connect } from 'couchbase'
import { connected, disconnected } from './connected.ts'

describeWith(couchbase, (server) => {
  let cluster: Cluster
  let collection: Collection
  let bank: Awaited<ReturnType<typeof connected>>

  beforeAll(async () => {
    const credentials = { username: 'Administrator', password: 'password' }
    cluster = await connect(`couchbase://127.0.0.1:${server().port}`, credentials)
    collection = cluster.bucket('default').defaultCollection()
    bank = await connected({ url: server().url, schema: { session: { pkey: 'sid', indices: ['user'] } } })
  })

  afterAll(async () => {
    await disconnected(bank)
    await cluster.close()
  })

  it('a record is JSON under the key `type:id`', async () => {
    const expires = Date.now() + 60_000
    const revision = await bank.records('session').write('a', '{"sid":"a","user":"ann"}', { expires })
    expect((await collection.get('session:a')).content).toEqual({
      databank: 'session',
      id: 'a',
      revision,
      expires,
      tokens: ['user="ann"'],
      value: { sid: 'a', user: 'ann' },
    })
  })

  it('an id that is too long is replaced by its digest in the key, and is complete in the document', async () => {
    const id = 'x'.repeat(300)
    await bank.records('session').write(id, '{}', { expires: null })
    const ids: string[] = []
    for await (const [found] of bank.records('session').entries()) ids.push(found)
    expect(ids).toContain(id)
    expect(await bank.records('session').read(`#${'x'.repeat(43)}`)).toBeNull()
  })

  it('type "a:b" with id "c" differs from type "a" with id "b:c"', async () => {
    await bank.records('a:b').write('c', '{"n":1}', { expires: null })
    await bank.records('a').write('b:c', '{"n":2}', { expires: null })
    await bank.records('a%3Ab').write('c', '{"n":3}', { expires: null })
    expect((await bank.records('a:b').read('c'))?.json).toBe('{"n":1}')
    expect((await bank.records('a').read('b:c'))?.json).toBe('{"n":2}')
  })

  it('a document of another program is not a record, and is not replaced by a new record', async () => {
    const records = bank.records('session')
    for (const foreign of [{ sid: 'other', revision: 'r', id: 'other' }, [1], 'text', null]) {
      await collection.upsert('session:other', foreign)
      expect(await records.read('other')).toBeNull()
      expect(await records.touch('other', null)).toBe(false)
      expect(await records.write('other', '{}', { expires: null, ifRevision: null })).toBeNull()
    }
  })

  it('a record is still readable after another program rewrote it', async () => {
    await bank.records('session').write('b', '{"sid":"b","n":1.50}', { expires: null })
    expect((await bank.records('session').read('b'))?.json).toBe('{"sid":"b","n":1.50}')
    const { content } = await collection.get('session:b')
    await collection.upsert('session:b', { value: content.value, ...content })
    expect((await bank.records('session').read('b'))?.json).toBe('{"sid":"b","n":1.5}')
  })

  it('find skips a record that is not JSON any more', async () => {
    const records = bank.records('session')
    await records.write('damaged', '["\\ud800"]', { expires: null })
    const { content } = await collection.get('session:damaged')
    await collection.upsert('session:damaged', { ...content, json: '{"plan":', tokens: ['user="eve"'] })
    await records.write('whole', '{"user":"eve","plan":1}', { expires: null })
    const found: string[] = []
    for await (const [id] of records.find('user', 'eve')) found.push(id)
    for await (const [id] of records.find('plan', 1)) found.push(id)
    expect(found).toEqual(['whole', 'whole'])
    await records.delete('damaged')
  })

  it('a write is retried if a touch comes between its read and its write', async () => {
    const records = bank.records('race')
    const ifRevision = (await records.write('a', '{"n":1}', { expires: null })) as string
    const expires = Date.now() + 60_000
    const touches = Array.from({ length: 15 }, (_, n) => records.touch('a', expires + n))
    const write = records.write('a', '{"n":2}', { expires: null, ifRevision })
    expect(await write).not.toBeNull()
    expect(await Promise.all(touches)).toEqual(touches.map(() => true))
    expect((await records.read('a'))?.json).toBe('{"n":2}')
  })

  it('a client that does not convert expiries is rejected', async () => {
    const old = { get: (key: string) => collection.get(key), touch: (key: string) => collection.touch(key, 60) }
    const scope = { collection: () => old }
    const cluster = { bucket: () => ({ scope: () => scope }) } as never
    await expect(connected({ cluster, bucket: 'default' })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('4.3.1 or later'),
    })
  })

  it('a bank works on the app’s own cluster, and leaves it open', async () => {
    const guest = await connected({ cluster, bucket: 'default' })
    await guest.records('guest').write('a', '{"n":1}', { expires: null })
    await disconnected(guest)
    expect((await collection.get('guest:a')).content.value).toEqual({ n: 1 })
  })
})

describeWith(couchbase, (server) => {
  it('a search without indexes fails with advice, while reads and writes work', async () => {
    const bank = await connected({ url: server().url, createIndexes: false })
    const records = bank.records('bare')
    await records.write('a', '{"n":1}', { expires: null })
    expect((await records.read('a'))?.json).toBe('{"n":1}')
    await expect(records.count()).rejects.toMatchObject({ message: expect.stringContaining('indexStatements()') })
    await disconnected(bank)
  })
})
