import { describeWith, mongodb } from '@sessionbank/test-servers'
import { type Collection, MongoClient } from 'mongodb'
import { connected, disconnected } from './connected.ts'

const FLAT = { _id: 'old', user: 'ann', cookie: { expires: '2030-01-01T00:00:00.000Z' }, aÿ0eb: { ÿ04c: 1 } }
const TEXT = '{"user":"ann","cookie":{"expires":"2030-01-01T00:00:00.000Z"},"a.b":{"$c":1},"sid":"old"}'

describeWith(mongodb, (server) => {
  let client: MongoClient
  let bank: Awaited<ReturnType<typeof connected>>
  let collection: Collection<{ _id: string }>

  beforeAll(async () => {
    client = await new MongoClient(server().url).connect()
    collection = client.db().collection('session')
    bank = await connected({ url: server().url, schema: { session: { pkey: 'sid', indices: ['user', 'sid'] } } })
  })

  beforeEach(async () => {
    await collection.deleteMany({})
    await collection.insertOne(FLAT)
  })

  afterAll(async () => {
    await disconnected(bank)
    await client.close()
  })

  const idsOf = async (found: AsyncIterable<[string, unknown]>) => {
    const ids: string[] = []
    for await (const [id] of found) ids.push(id)
    return ids
  }

  it('reads what databank-mongodb wrote, as a record that never expires', async () => {
    expect(await bank.records('session').read('old')).toMatchObject({ json: TEXT, expires: null })
    await collection.insertOne({ _id: 'list', _s: true, _v: [1, 'two'] } as never)
    expect((await bank.records('session').read('list'))?.json).toBe('[1,"two"]')
  })

  it('counts, lists and finds it, with an index and without', async () => {
    const records = bank.records('session')
    await records.write('new', '{"sid":"new","user":"ann"}', { expires: null })
    expect(await records.count()).toBe(2)
    expect(await idsOf(records.entries())).toEqual(['new', 'old'])
    expect((await idsOf(records.find('user', 'ann'))).sort()).toEqual(['new', 'old'])
    expect(await idsOf(records.find('sid', 'old'))).toEqual(['old'])
    expect(await idsOf(records.find('cookie.expires', '2030-01-01T00:00:00.000Z'))).toEqual(['old'])
  })

  it('replaces it on its revision, once', async () => {
    const records = bank.records('session')
    const revision = (await records.read('old'))?.revision as string
    const attempts = [1, 2, 3].map((n) => records.write('old', `{"n":${n}}`, { expires: null, ifRevision: revision }))
    expect((await Promise.all(attempts)).filter((written) => written !== null)).toHaveLength(1)
  })

  it('does not replace it where the older driver has changed it', async () => {
    const records = bank.records('session')
    const revision = (await records.read('old'))?.revision as string
    await collection.updateOne({ _id: 'old' }, { $set: { user: 'bob' } })
    expect(await records.write('old', '{"n":1}', { expires: null, ifRevision: revision })).toBeNull()
    expect(await records.touch('old', null, { ifRevision: revision })).toBe(false)
  })

  it('touches it, and neither content nor revision changes', async () => {
    const records = bank.records('session')
    const before = await records.read('old')
    const expires = Date.now() + 60_000
    expect(await records.touch('old', expires)).toBe(true)
    expect(await records.read('old')).toEqual({ json: TEXT, revision: before?.revision, expires })
    expect(await records.touch('old', Date.now() - 1, { ifRevision: before?.revision as string })).toBe(true)
    expect(await records.read('old')).toBeNull()
  })

  it('does not create over it, and deletes it', async () => {
    const records = bank.records('session')
    expect(await records.write('old', '{}', { expires: null, ifRevision: null })).toBeNull()
    expect(await records.delete('old')).toBe(true)
    expect(await records.read('old')).toBeNull()
  })

  it('is not led astray by the app’s own fields of our names', async () => {
    const own = { written: 'yesterday', expires: '2001-01-01', revision: 'r', value: 1, json: '{}', tokens: ['x'] }
    await collection.insertOne({ _id: 'own', ...own } as never)
    const record = await bank.records('session').read('own')
    expect(JSON.parse(record?.json as string)).toEqual({ ...own, sid: 'own' })
    expect(await bank.records('session').write('own', '{}', { expires: null, ifRevision: 'r2' })).toBeNull()
    expect(await bank.records('session').deleteExpired(10)).toBe(0)
    expect(await bank.records('session').touch('own', 5e12)).toBe(true)
    expect(JSON.parse((await bank.records('session').read('own'))?.json as string)).toEqual({ ...own, sid: 'own' })
  })
})
