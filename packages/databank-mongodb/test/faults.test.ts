import { describeWith, mongodb } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'
import { type Relay, relayTo } from './relay.ts'

jest.setTimeout(60_000)
const TIMEOUT = 4_000

describeWith(mongodb, (server) => {
  let relay: Relay
  let bank: Awaited<ReturnType<typeof connected>>

  // A heartbeat of the client must not be the one whose answer is lost.
  const calm = 'serverMonitoringMode=poll&maxPoolSize=1'

  beforeEach(async () => {
    relay = await relayTo(server().port)
    bank = await connected({ url: `mongodb://127.0.0.1:${relay.port}/faults?${calm}`, timeout: TIMEOUT })
  })

  afterEach(async () => {
    await disconnected(bank)
    await relay.close()
  })

  it('says that the outcome is unknown where the answer to a conditional write is lost, and does not send it again', async () => {
    const records = bank.records('lost')
    const first = (await records.write('a', '{"n":1}', { expires: null })) as string
    relay.loseNextAnswer()
    await expect(records.write('a', '{"n":2}', { expires: null, ifRevision: first })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
    })
    expect((await records.read('a'))?.json).toBe('{"n":2}')
    expect(await records.write('a', '{"n":3}', { expires: null, ifRevision: first })).toBeNull()
  })

  it('rejects within the timeout while the server does not answer, and goes on when it does', async () => {
    const records = bank.records('frozen')
    await records.write('a', '{"n":1}', { expires: null })
    relay.freeze()
    await Promise.all([
      expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' }),
      expect(records.touch('a', null)).rejects.toMatchObject({ code: /UNKNOWN_OUTCOME|OPERATION_FAILED/ }),
      expect(records.count()).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' }),
      expect(records.entries()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
      }),
    ])
    relay.thaw()
    expect((await eventually(() => records.read('a')))?.json).toBe('{"n":1}')
  })

  it('outlives a server that goes away: clear errors meanwhile, and as before once it is back', async () => {
    const records = bank.records('away')
    await records.write('a', '{"n":1}', { expires: null })
    await server().halt('SIGKILL')
    await expect(records.read('a')).rejects.toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('MongoDB cannot be reached'),
    })
    await expect(records.write('a', '{"n":2}', { expires: null })).rejects.toMatchObject({
      name: /OperationError|UnknownOutcomeError/,
    })
    await server().resume()
    expect(await eventually(() => records.write('a', '{"n":3}', { expires: null }))).not.toBeNull()
    expect((await records.read('a'))?.json).toBe('{"n":3}')
  })
})

/** The client looks for its server every now and then: the first calls after may still come too early. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === 10) throw error
    }
  }
}
