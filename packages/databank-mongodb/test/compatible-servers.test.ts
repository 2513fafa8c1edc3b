import type { Records, Revision } from '@sessionbank/databank-kit'
import { describeWith, mongodb } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { type CompatibleServer, compatibleServer } from './compatible-server.ts'
import { connected, disconnected } from './connected.ts'

const HOUR = 3_600_000
/**
 * Codes with which servers refuse an index or its options: BadValue, CommandNotFound, CannotCreateIndex, …
 * NotImplemented.
 */
const REFUSALS = [2, 59, 67, 72, 115, 238]

/** Changes that need a condition or the server's answer. Each is made with a record `a` of the given revision. */
const CHANGES: Record<string, (records: Records, ifRevision: Revision) => Promise<unknown>> = {
  'a new record': (records) => records.write('new', '{"n":1}', { expires: null, ifRevision: null }),
  'a write on a revision': (records, ifRevision) => records.write('a', '{"n":2}', { expires: null, ifRevision }),
  'a write that keeps a later expiry': (records, ifRevision) => {
    return records.write('a', '{"n":2}', { expires: Date.now() + HOUR, ifRevision, extend: true })
  },
  'a touch': (records) => records.touch('a', Date.now() + HOUR),
  'a touch on a revision': (records, ifRevision) => records.touch('a', Date.now() + HOUR, { ifRevision }),
  'a touch that keeps a later expiry': (records) => records.touch('a', Date.now() + HOUR, { extend: true }),
}

describeWith(mongodb, (server) => {
  let opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    jest.restoreAllMocks()
    for (const each of opened.reverse()) await each.close()
    opened = []
  })

  /** Returns the records of a bank on a server that differs from MongoDB in the given way. */
  async function openOn(way: string, type = 'session') {
    const compatible: CompatibleServer = await compatibleServer(server().port, way)
    opened.push(compatible)
    const bank = await connected({ url: compatible.url, schema: { [type]: { pkey: 'sid', indices: ['user'] } } })
    opened.push({ close: () => disconnected(bank) })
    return bank.records(type)
  }

  describe('a server without findAndModify with a projection', () => {
    it.each(Object.keys(CHANGES))('supports %s', async (name) => {
      const records = await openOn('no-find-and-modify', 'without')
      await records.clear()
      const revision = (await records.write('a', '{"n":1}', { expires: Date.now() + HOUR / 2 })) as string
      expect(await CHANGES[name]?.(records, revision)).toBeTruthy()
    })
  })

  describe.each(REFUSALS)('a server that refuses indexes with %i', (code) => {
    it.each(['no-index-options', 'no-indexes'])('accepts writes, with one warning (%s)', async (way) => {
      const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const records = await openOn(`${way}-${code}`, `${way}-${code}`)
      await records.write('a', '{"user":"ann"}', { expires: null })
      const warnings = warned.mock.calls.length
      await records.write('b', '{"user":"bob"}', { expires: null, ifRevision: null })
      const found: string[] = []
      for await (const [id] of records.find('user', 'bob')) found.push(id)
      expect(found).toEqual(['b'])
      expect(warnings).toBeGreaterThan(0)
      expect(warned).toHaveBeenCalledTimes(warnings)
    })
  })

  describe('a server that does not say which index refused a duplicate', () => {
    it('lets the driver find out whether the id has a live record', async () => {
      const records = await openOn('bare-duplicates', 'bare')
      await records.write('a', '{"n":1}', { expires: null })
      expect(await records.write('a', '{"n":2}', { expires: null, ifRevision: null })).toBeNull()
      expect((await records.read('a'))?.json).toBe('{"n":1}')
    })

    it('lets the driver recognize a refusal by the app’s unique index', async () => {
      const client = await new MongoClient(server().url).connect()
      await client.db('compatible').collection('unique').createIndex({ 'value.user': 1 }, { unique: true })
      await client.close()
      const records = await openOn('bare-duplicates', 'unique')
      await records.write('a', '{"user":"ann"}', { expires: null })
      await expect(records.write('b', '{"user":"ann"}', { expires: null, ifRevision: null })).rejects.toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
      })
    })

    it('lets a new record replace an expired one', async () => {
      const records = await openOn('bare-duplicates', 'bare')
      await records.write('b', '{"n":1}', { expires: Date.now() - HOUR })
      expect(await records.write('b', '{"n":2}', { expires: null, ifRevision: null })).not.toBeNull()
      expect((await records.read('b'))?.json).toBe('{"n":2}')
    })
  })

  describe('a server that refuses an array within an array', () => {
    it('stores a record with such an array exactly, and finds it', async () => {
      const records = await openOn('no-nested-arrays', 'nested')
      const json = '{"user":"ann","board":[[1,2],[3]]}'
      const revision = await records.write('a', json, { expires: null })
      expect(await records.read('a')).toMatchObject({ json, revision })
      const found: string[] = []
      for await (const [id] of records.find('user', 'ann')) found.push(id)
      expect(found).toEqual(['a'])
    })

    it('stores any other record as a value', async () => {
      const records = await openOn('no-nested-arrays', 'nested')
      for (const json of ['{"board":[[1]]}', '{"board":[1]}']) await records.write('b', json, { expires: null })
      const client = await new MongoClient(server().url).connect()
      const stored = await client.db('compatible').collection<{ _id: string }>('nested').findOne({ _id: 'b' })
      await client.close()
      expect(stored).toMatchObject({ value: { board: [1] } })
    })
  })

  describe('FerretDB 1, whose updates are not atomic,', () => {
    it('is rejected by connect, and named in the error', async () => {
      const outcome = await openOn('ferretdb-1').catch((error) => error)
      expect(outcome).toMatchObject({
        code: 'SESSIONBANK_CONNECT_FAILED',
        message: expect.stringContaining('FerretDB'),
      })
    })
  })
})
