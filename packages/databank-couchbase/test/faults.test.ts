import { type CouchbaseServer, couchbase, describeWith } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

jest.setTimeout(180_000)
/** How long a call waits for a server that does not answer, in ms; more than any that answers may take. */
const TIMEOUT = 8_000
/** When a server that is back must have been found, in ms. */
const EVENTUALLY = 60_000

describeWith(couchbase, (server) => {
  const frozen = () => server() as CouchbaseServer
  let bank: Awaited<ReturnType<typeof connected>>

  beforeEach(async () => {
    bank = await connected({ url: server().url, timeout: TIMEOUT })
    await bank.records('warm').write('up', '{}', { expires: null })
  })

  afterEach(async () => {
    frozen().thaw()
    await disconnected(bank)
  })

  it('says that the outcome is unknown where a write was sent and not answered, and does not send it again', async () => {
    const records = bank.records('lost')
    await frozen().freeze()
    await Promise.all([
      expect(records.write('a', '{"n":1}', { expires: null, ifRevision: null })).rejects.toMatchObject({
        code: 'SESSIONBANK_UNKNOWN_OUTCOME',
      }),
      expect(records.delete('b')).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' }),
    ])
    frozen().thaw()
    const first = (await eventually(() => records.read('a')))?.revision as string
    expect(await records.write('a', '{"n":2}', { expires: null, ifRevision: null })).toBeNull()
    expect(await records.write('a', '{"n":3}', { expires: null, ifRevision: first })).not.toBeNull()
  })

  it('says that nothing was done where a call has not come to its write', async () => {
    const records = bank.records('unsent')
    const revision = (await records.write('a', '{"n":1}', { expires: null })) as string
    await frozen().freeze()
    await Promise.all([
      expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
      expect(records.touch('a', null)).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
      expect(records.write('a', '{"n":2}', { expires: null, ifRevision: revision })).rejects.toMatchObject({
        code: 'SESSIONBANK_TIMEOUT',
      }),
      expect(records.count()).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
    ])
    frozen().thaw()
    expect(await eventually(() => records.read('a'))).toMatchObject({ json: '{"n":1}', revision })
  })

  it('outlives a server that goes away: clear errors meanwhile, and as before once it is back', async () => {
    const records = bank.records('away')
    await server().halt('SIGKILL')
    await Promise.all([
      expect(records.read('a')).rejects.toMatchObject({
        code: 'SESSIONBANK_TIMEOUT',
        message: expect.stringContaining('check that it is reachable'),
      }),
      expect(records.write('a', '{"n":2}', { expires: null })).rejects.toMatchObject({
        code: expect.stringMatching(/^SESSIONBANK_(TIMEOUT|OPERATION_FAILED|UNKNOWN_OUTCOME)$/),
      }),
    ])
    await server().resume()
    expect(await eventually(() => records.write('a', '{"n":3}', { expires: null }))).not.toBeNull()
    expect((await records.read('a'))?.json).toBe('{"n":3}')
  })
})

/** The client looks for its server every now and then: the first calls after may still come too early. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + EVENTUALLY; ; await pause()) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}

/** Calls that are refused at once must not keep the machine busy. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
