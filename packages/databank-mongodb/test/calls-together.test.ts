import type { Records } from '@sessionbank/databank-kit'
import { describeWith, mongodb } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { compatibleServer } from './compatible-server.ts'
import { connected, disconnected } from './connected.ts'

const HOUR = 3_600_000
const NEVER = { expires: null }

describeWith(mongodb, (server) => {
  /** The names of the commands sent to MongoDB. */
  let commands: string[] = []
  let closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.reverse()) await close()
    closing = []
  })

  /** Returns the records of a type on a server, which differs from MongoDB in the given way, if any. */
  async function openOn(type: string, way?: string): Promise<Records> {
    const compatible = way === undefined ? undefined : await compatibleServer(server().port, way)
    const client = new MongoClient(compatible?.url ?? server().url, { monitorCommands: true, retryWrites: false })
    await client.connect()
    client.on('commandStarted', ({ commandName }) => commands.push(commandName))
    const bank = await connected({ client, createIndexes: false })
    closing.push(async () => {
      await disconnected(bank)
      await client.close()
      await compatible?.close()
    })
    const records = bank.records(type)
    await records.clear()
    commands = []
    return records
  }

  /** Writes records one after another, and returns their revisions. */
  async function withRecords(records: Records, ...ids: string[]): Promise<string[]> {
    const revisions: string[] = []
    for (const id of ids)
      revisions.push((await records.write(id, `{"id":"${id}"}`, { expires: Date.now() + HOUR })) as string)
    commands = []
    return revisions
  }

  describe('the calls of a tick', () => {
    it('read each id once, in one command, and return separate objects', async () => {
      const records = await openOn('reads')
      await withRecords(records, 'a', 'b')
      const [a, none, b, again] = await Promise.all(['a', 'none', 'b', 'a'].map((id) => records.read(id)))
      expect([a?.json, none, b?.json, again?.json]).toEqual(['{"id":"a"}', null, '{"id":"b"}', '{"id":"a"}'])
      expect(again?.value).not.toBe(a?.value)
      expect(commands).toEqual(['find'])
    })

    it('are divided if they do not fit into one command', async () => {
      const records = await openOn('many')
      const ids = Array.from({ length: 250 }, (_, n) => `id-${n}`)
      const revisions = await Promise.all(ids.map((id) => records.write(id, '{}', { ...NEVER, ifRevision: null })))
      const found = await Promise.all(ids.map((id) => records.read(id)))
      expect(found.map((record) => record?.revision)).toEqual(revisions)
      expect(commands).toEqual(['insert', 'insert', 'insert', 'find', 'find', 'find'])
    })

    it('create the records that do not exist, in one command', async () => {
      const records = await openOn('creates')
      await withRecords(records, 'b')
      await records.write('expired', '{}', { expires: Date.now() - HOUR })
      commands = []
      const create = (id: string) => records.write(id, '{"new":true}', { ...NEVER, ifRevision: null })
      const [a, b, expired, c] = await Promise.all(['a', 'b', 'expired', 'c'].map(create))
      expect([a, b, expired, c]).toEqual([expect.any(String), null, expect.any(String), expect.any(String)])
      expect(await records.count()).toBe(4)
      expect((await records.read('b'))?.json).toBe('{"id":"b"}')
    })

    it('create only one record per id', async () => {
      const records = await openOn('same')
      const create = (n: number) => records.write('a', `{"n":${n}}`, { ...NEVER, ifRevision: null })
      const revisions = await Promise.all([1, 2, 3].map(create))
      expect(revisions.filter((revision) => revision !== null)).toEqual([(await records.read('a'))?.revision])
    })

    it('touch records in one command', async () => {
      const records = await openOn('touches')
      const [a, b] = await withRecords(records, 'a', 'b')
      const end = Date.now() + 2 * HOUR
      const touches = [
        records.touch('a', end, { ifRevision: a as string }),
        records.touch('b', end, { ifRevision: b as string, extend: true }),
      ]
      expect(await Promise.all(touches)).toEqual([true, true])
      expect(commands).toEqual(['update'])
      for (const id of ['a', 'b']) expect((await records.read(id))?.expires).toBe(end)
    })

    it('find out by one more read which records were touched', async () => {
      const records = await openOn('settled')
      const [a, gone, changed, expired] = await withRecords(records, 'a', 'gone', 'changed', 'expired')
      const endless = await records.write('endless', '{}', NEVER)
      await records.delete('gone')
      await records.write('changed', '{"n":2}', NEVER)
      await records.touch('expired', Date.now() - 1)
      commands = []
      const touch = (id: string, ifRevision: unknown) => {
        return records.touch(id, Date.now() + HOUR, { ifRevision: ifRevision as string, extend: true })
      }
      const touched = await Promise.all([
        touch('a', a),
        touch('gone', gone),
        touch('changed', changed),
        touch('expired', expired),
        touch('endless', endless),
      ])
      expect(touched).toEqual([true, false, false, false, true])
      expect(commands).toEqual(['update', 'find'])
      expect((await records.read('endless'))?.expires).toBeNull()
    })

    it('all have an unknown outcome if the write concern is not met', async () => {
      const [a, b] = await withRecords(await openOn('concern'), 'a', 'b')
      const unsure = await openOn('concern-of-others', 'write-concern-errors')
      const create = (id: string) => unsure.write(id, '{}', { ...NEVER, ifRevision: null })
      const touch = (ifRevision: unknown) => unsure.touch('a', null, { ifRevision: ifRevision as string })
      const outcomes = await Promise.allSettled([create('c'), create('d'), touch(a), touch(b)])
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { code: 'SESSIONBANK_UNKNOWN_OUTCOME' } })
      }
      expect(commands.sort()).toEqual(['insert', 'update'])
    })

    it('are sent separately if the server refuses their command because of one of them', async () => {
      const records = await openOn('refused', 'no-key-draft')
      const texts = ['{"n":1}', '{"draft":1}', '{"n":2}']
      const write = (json: string, n: number) => records.write(`id-${n}`, json, { ...NEVER, ifRevision: null })
      const outcomes = await Promise.allSettled(texts.map(write))
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(outcomes[1]).toMatchObject({ reason: { code: 'SESSIONBANK_OPERATION_FAILED' } })
      expect(await records.count()).toBe(2)
    })

    it('succeed if the app’s unique index refuses another call', async () => {
      const client = await new MongoClient(server().url).connect()
      await client.db().collection('unique-together').createIndex({ 'value.user': 1 }, { unique: true })
      await client.close()
      const records = await openOn('unique-together')
      await records.write('a', '{"user":"ann"}', NEVER)
      const create = (id: string, user: string) => {
        return records.write(id, JSON.stringify({ user }), { ...NEVER, ifRevision: null })
      }
      const outcomes = await Promise.allSettled([create('b', 'ann'), create('c', 'bob')])
      expect(outcomes).toMatchObject([{ reason: { code: 'SESSIONBANK_OPERATION_FAILED' } }, { status: 'fulfilled' }])
      expect(await records.count()).toBe(2)
    })

    it('succeed if the record of another call is too large', async () => {
      const records = await openOn('large')
      const texts = ['{"n":1}', JSON.stringify({ text: 'x'.repeat(17 * 2 ** 20) }), '{"n":2}']
      const write = (json: string, n: number) => records.write(`id-${n}`, json, { ...NEVER, ifRevision: null })
      const outcomes = await Promise.allSettled(texts.map(write))
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })
  })
})
