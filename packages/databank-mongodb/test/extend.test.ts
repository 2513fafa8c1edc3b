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

  it('takes one command where the new end is the later one', async () => {
    const ifRevision = (await records().write('a', '{"n":1}', { expires: sooner })) as string
    commands = []
    expect(await records().touch('a', later, { ifRevision, extend: true })).toBe(true)
    expect(await records().write('a', '{"n":2}', { expires: later, ifRevision, extend: true })).not.toBeNull()
    expect(commands).toEqual(['findAndModify', 'findAndModify'])
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
