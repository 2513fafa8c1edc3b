import { type CouchbaseServer, couchbase, describeWith } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

jest.setTimeout(180_000)
/** Timeout of calls in ms: longer than an answer takes even on a busy machine. */
const TIMEOUT = 8_000
/** How long finding a server that is back may take, in ms. */
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

  it('a write that was sent and not answered has an unknown outcome, and is not resent', async () => {
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

  it('a call that times out before its write is sent fails with TIMEOUT, and nothing is written', async () => {
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

  it('calls fail clearly while the server is away, and succeed once it is back', async () => {
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

/** Repeats a call until it succeeds, because the client finds its server again only after a while. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + EVENTUALLY; ; await pause()) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}

/** Waits between calls, so that immediate failures do not keep the machine busy. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
