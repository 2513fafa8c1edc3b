import { describeWith, mongodb } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { connected, disconnected } from './connected.ts'

const MINUTE = 60_000

describeWith(mongodb, (server) => {
  let client: MongoClient
  let bank: Awaited<ReturnType<typeof connected>>
  const records = () => bank.records('session')
  /** The names of the commands sent to MongoDB. */
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

  it('`extend` needs one command if the new expiry is later', async () => {
    const ifRevision = (await records().write('a', '{"n":1}', { expires: sooner })) as string
    commands = []
    expect(await records().touch('a', later, { ifRevision, extend: true })).toBe(true)
    expect(await records().write('a', '{"n":2}', { expires: later, ifRevision, extend: true })).not.toBeNull()
    expect(commands).toEqual(['update', 'update'])
  })
})
