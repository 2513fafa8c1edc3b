import { describeWith, mongodb } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { connected, disconnected } from './connected.ts'

const MINUTE = 60_000

describeWith(mongodb, (server) => {
  let client: MongoClient
  let bank: Awaited<ReturnType<typeof connected>>
  const records = () => bank.records('session')
  /** Commands that MongoDB was sent, by name. */
  let commands: string[] = []

  beforeAll(async () => {
    client = await new MongoClient(server().url, { monitorCommands: true }).connect()
    client.on('commandStarted', ({ commandName }) => commands.push(commandName))
    bank = await connected({ client, schema: { session: { pkey: 'sid', indices: [] } } })
  })

  afterAll(async () => {
    await disconnected(bank)
    await client.close()
  })

  const now = Date.now()
  const [sooner, later] = [now + 20 * MINUTE, now + 40 * MINUTE]

  describe.each([
    ['a later end', sooner, later, later],
    ['the same end', later, later, later],
    ['an earlier end', later, sooner, later],
    ['an end that has passed', later, now - MINUTE, later],
    ['no end at all', sooner, null, null],
    ['an end, where there is none', null, later, null],
    ['no end, where there is none', null, null, null],
  ])('with `extend`, %s', (_name, before, given, after) => {
    it('leaves a touched record with the later of the two', async () => {
      for (const conditional of [true, false]) {
        const revision = (await records().write('a', '{"n":1}', { expires: before })) as string
        const options = conditional ? { ifRevision: revision, extend: true } : { extend: true }
        expect(await records().touch('a', given, options)).toBe(true)
        expect(await records().read('a')).toMatchObject({ json: '{"n":1}', revision, expires: after })
      }
    })

    it('leaves a record that is written again with the later of the two', async () => {
      const ifRevision = (await records().write('a', '{"n":1}', { expires: before })) as string
      const revision = await records().write('a', '{"n":2}', { expires: given, ifRevision, extend: true })
      expect(await records().read('a')).toMatchObject({ json: '{"n":2}', revision, expires: after })
    })
  })

  it('takes one command where the new end is the later one', async () => {
    const ifRevision = (await records().write('a', '{"n":1}', { expires: sooner })) as string
    commands = []
    expect(await records().touch('a', later, { ifRevision, extend: true })).toBe(true)
    expect(await records().write('a', '{"n":2}', { expires: later, ifRevision, extend: true })).not.toBeNull()
    expect(commands).toEqual(['findAndModify', 'findAndModify'])
  })

  it('does nothing with `extend` where the revision is another', async () => {
    const ifRevision = (await records().write('a', '{"n":1}', { expires: null })) as string
    for (const expires of [sooner, null]) {
      await records().write('a', '{"n":2}', { expires })
      expect(await records().touch('a', later, { ifRevision, extend: true })).toBe(false)
      expect(await records().write('a', '{"n":3}', { expires: later, ifRevision, extend: true })).toBeNull()
      expect(await records().read('a')).toMatchObject({ json: '{"n":2}', expires })
    }
  })

  it('does not bring an expired record back with `extend`', async () => {
    for (const expires of [later, null]) {
      const ifRevision = (await records().write('a', '{"n":1}', { expires: now - 1 })) as string
      expect(await records().touch('a', expires, { extend: true })).toBe(false)
      expect(await records().touch('a', expires, { ifRevision, extend: true })).toBe(false)
      expect(await records().write('a', '{"n":2}', { expires, ifRevision, extend: true })).toBeNull()
      expect(await records().read('a')).toBeNull()
    }
  })

  it('shortens a life without `extend`', async () => {
    const revision = (await records().write('a', '{"n":1}', { expires: null })) as string
    expect(await records().touch('a', later, { ifRevision: revision })).toBe(true)
    const second = (await records().write('a', '{"n":2}', { expires: sooner, ifRevision: revision })) as string
    expect(await records().read('a')).toMatchObject({ revision: second, expires: sooner })
  })

  it('keeps the latest of many ends that come at once', async () => {
    const ifRevision = (await records().write('a', '{"n":1}', { expires: sooner })) as string
    const ends = Array.from({ length: 20 }, (_, n) => later + ((n * 7) % 20))
    const touches = ends.map((end) => records().touch('a', end, { ifRevision, extend: true }))
    const write = records().write('a', '{"n":2}', { expires: sooner, ifRevision, extend: true })
    const touched = await Promise.all(touches)
    expect(await write).not.toBeNull()
    const kept = (await records().read('a'))?.expires
    expect(kept).toBe(Math.max(sooner, ...ends.filter((_, n) => touched[n])))
  })

  it('leaves a flat document without an end, and replaces it without one', async () => {
    const flat = client.db().collection<{ _id: string }>('session')
    await flat.deleteMany({})
    await flat.insertOne({ _id: 'old', user: 'ann' } as never)
    const ifRevision = (await records().read('old'))?.revision as string
    expect(await records().touch('old', later, { extend: true })).toBe(true)
    expect(await records().touch('old', later, { ifRevision, extend: true })).toBe(true)
    expect(await records().touch('old', later, { ifRevision: 'flat-other', extend: true })).toBe(false)
    expect(await flat.findOne({})).toEqual({ _id: 'old', user: 'ann' })
    expect(await records().write('old', '{"n":1}', { expires: later, ifRevision, extend: true })).not.toBeNull()
    expect(await records().read('old')).toMatchObject({ json: '{"n":1}', expires: null })
  })
})
