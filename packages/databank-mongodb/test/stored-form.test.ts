import { describeWith, mongodb } from '@sessionbank/test-servers'
import { type Collection, MongoClient } from 'mongodb'
import { connected, disconnected } from './connected.ts'

describeWith(mongodb, (server) => {
  let client: MongoClient
  let bank: Awaited<ReturnType<typeof connected>>
  let collection: Collection<{ _id: string }>

  beforeAll(async () => {
    client = await new MongoClient(server().url).connect()
    collection = client.db().collection('session')
    bank = await connected({ url: server().url, schema: { session: { pkey: 'sid', indices: ['user'] } } })
  })

  afterAll(async () => {
    await disconnected(bank)
    await client.close()
  })

  it('a record can be queried by its values in the shell', async () => {
    const expires = Date.now() + 60_000
    const json = '{"sid":"a","user":"ann","cart":[{"sku":7}]}'
    const revision = await bank.records('session').write('a', json, { expires })
    expect(await collection.find({ 'value.user': 'ann', 'value.cart.sku': 7 }).toArray()).toEqual([
      {
        _id: 'a',
        revision,
        written: expect.any(Date),
        expires: new Date(expires),
        value: { sid: 'a', user: 'ann', cart: [{ sku: 7 }] },
        tokens: ['user="ann"'],
      },
    ])
  })

  it('a value that BSON cannot represent is stored as exact text, and can be queried by its other keys', async () => {
    const json = '{"user":"ann","prices":{"1.5 l":2},"half":"\\ud800","n":1.0}'
    await bank.records('session').write('b', json, { expires: null })
    const stored = await collection.findOne({ _id: 'b', 'value.user': 'ann' })
    expect(stored).toMatchObject({ json, value: { user: 'ann', n: 1 } })
    expect(Object.keys((stored as unknown as { value: object }).value)).toEqual(['user', 'n'])
    expect((await bank.records('session').read('b'))?.json).toBe(json)
  })

  it('find skips a record that is not JSON any more', async () => {
    const records = bank.records('session')
    await records.write('damaged', '{"user":"eve","plan":1.0}', { expires: null })
    await collection.updateOne({ _id: 'damaged' }, { $set: { json: '{"user":' } })
    await records.write('whole', '{"user":"eve","plan":1}', { expires: null })
    const found: string[] = []
    for await (const [id] of records.find('user', 'eve')) found.push(id)
    for await (const [id] of records.find('plan', 1)) found.push(id)
    expect(found).toEqual(['whole', 'whole'])
    await records.delete('damaged')
  })

  it('a collection has an index for MongoDB’s own expiry and one for the schema’s fields', async () => {
    await bank.records('session').write('c', '{}', { expires: null })
    const indexes = await collection.indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 60 }))
    expect(indexes).toContainEqual(expect.objectContaining({ key: { tokens: 1, _id: 1 } }))
  })

  it('no index is created with `createIndexes: false`', async () => {
    const careful = await connected({ url: server().url, createIndexes: false })
    await careful.records('plain').write('a', '{}', { expires: null })
    await disconnected(careful)
    const indexes = await client.db().collection('plain').indexes()
    expect(indexes.map(({ key }) => key)).toEqual([{ _id: 1 }])
  })

  it('the app’s own, different index is left unchanged', async () => {
    const own = client.db().collection('own')
    await own.createIndex({ expires: 1 }, { expireAfterSeconds: 7 })
    await bank.records('own').write('a', '{}', { expires: null })
    expect(await own.indexes()).toContainEqual(expect.objectContaining({ expireAfterSeconds: 7 }))
  })

  it('a bank works on the app’s own client or database, and leaves them open', async () => {
    for (const params of [{ client }, { db: client.db() }, { client, db: 'elsewhere' }]) {
      const guest = await connected(params)
      await guest.records('guest').write('a', '{"n":1}', { expires: null })
      expect((await guest.records('guest').read('a'))?.json).toBe('{"n":1}')
      await disconnected(guest)
    }
    expect(await client.db('elsewhere').collection('guest').countDocuments()).toBe(1)
  })

  it('reads are the same with a client that returns BSON types', async () => {
    const odd = await new MongoClient(server().url, { promoteValues: false, ignoreUndefined: true }).connect()
    const guest = await connected({ client: odd })
    const json = '{"n":1,"big":4294967296,"half":0.5,"list":[1,null]}'
    await guest.records('odd').write('a', json, { expires: 5e12 })
    expect(await guest.records('odd').read('a')).toMatchObject({ json, expires: 5e12 })
    await disconnected(guest)
    await odd.close()
  })

  it('a write succeeds if another upsert of the same id was faster', async () => {
    const records = bank.records('race')
    expect(await records.write('loses-a-race-1', '{"n":1}', { expires: null })).not.toBeNull()
    expect((await records.read('loses-a-race-1'))?.json).toBe('{"n":1}')
  })

  it('a refusal by another unique index is not mistaken for an existing id or a conflict', async () => {
    await client.db().collection('unique').createIndex({ 'value.user': 1 }, { unique: true })
    const records = bank.records('unique')
    await records.write('a', '{"user":"ann"}', { expires: null })
    for (const options of [{}, { ifRevision: null }]) {
      await expect(records.write('b', '{"user":"ann"}', { expires: null, ...options })).rejects.toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringContaining('unique index'),
      })
    }
  })

  it('a record is listed under any id, even the empty one', async () => {
    const records = bank.records('ids')
    for (const id of ['', ' ', '\0']) await records.write(id, '{}', { expires: null })
    const ids: string[] = []
    for await (const [id] of records.entries()) ids.push(id)
    expect(ids).toEqual(['', '\0', ' '])
    expect(await records.count()).toBe(3)
  })

  it('a document of another form is not a record, and is left unchanged', async () => {
    const records = bank.records('other')
    const other = client.db().collection<{ _id: string }>('other')
    const flat = { _id: 'a', user: 'ann', expires: new Date(0), tokens: ['user="ann"'] }
    await other.insertOne(flat)
    expect(await records.read('a')).toBeNull()
    expect(await records.touch('a', null)).toBe(false)
    expect(await records.write('a', '{}', { expires: null, ifRevision: null })).toBeNull()
    expect(await records.count()).toBe(0)
    for await (const entry of records.entries()) expect(entry).toBeUndefined()
    for await (const entry of records.find('user', 'ann')) expect(entry).toBeUndefined()
    expect(await records.deleteExpired(10)).toBe(0)
    await records.clear()
    expect(await records.delete('a')).toBe(false)
    expect(await other.find().toArray()).toEqual([flat])
  })

  it('a type that cannot be a collection is rejected', async () => {
    for (const type of ['system.users', 'a$b', 'a\0b', '.a', 'a..b', 'x'.repeat(200)]) {
      await expect(bank.records(type).read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    }
  })
})
