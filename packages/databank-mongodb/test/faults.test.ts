import { settledAfter } from '@sessionbank/databank-kit'
import { describeWith, mongodb } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'
import { eventually, pause } from './eventually.ts'
import { type Relay, relayTo } from './relay.ts'

jest.setTimeout(180_000)
/** Timeout of calls in ms: longer than an answer takes even on a busy machine. */
const TIMEOUT = 8_000
/** Options that turn off heartbeats, so that a fault hits the command of the test. */
const CALM = '?serverMonitoringMode=poll&heartbeatFrequencyMS=600000&maxPoolSize=1'

describeWith(mongodb, (server) => {
  let relay: Relay
  const banks: Awaited<ReturnType<typeof connected>>[] = []

  beforeEach(async () => {
    relay = await relayTo(server().port)
  })

  afterEach(async () => {
    await Promise.all(banks.splice(0).map(disconnected))
    await relay.close()
  })

  /** Returns a bank whose calls go through the relay. */
  async function opened({ timeout, options = '' }: { timeout: number; options?: string }) {
    const bank = await connected({ url: `mongodb://127.0.0.1:${relay.port}/faults${options}`, timeout })
    banks.push(bank)
    return bank
  }

  it('a conditional write whose answer is lost has an unknown outcome, and is not resent', async () => {
    const records = (await opened({ timeout: 20_000, options: CALM })).records('lost')
    const first = (await records.write('a', '{"n":1}', { expires: null })) as string
    relay.loseNextAnswer()
    await expect(records.write('a', '{"n":2}', { expires: null, ifRevision: first })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
    })
    expect((await records.read('a'))?.json).toBe('{"n":2}')
    expect(await records.write('a', '{"n":3}', { expires: null, ifRevision: first })).toBeNull()
  })

  it('all writes of a tick have an unknown outcome if their answer is lost', async () => {
    const records = (await opened({ timeout: 20_000, options: CALM })).records('lost-together')
    await records.write('a', '{"n":1}', { expires: null })
    relay.loseNextAnswer()
    const create = (id: string) => records.write(id, '{}', { expires: null, ifRevision: null })
    for (const outcome of await Promise.allSettled([create('b'), create('c')])) {
      expect(outcome).toMatchObject({ reason: { code: 'SESSIONBANK_UNKNOWN_OUTCOME' } })
    }
    expect(await records.count()).toBe(3)
  })

  it('the error of a write that timed out reports when the server answers', async () => {
    const records = (await eventually(() => opened({ timeout: 500, options: CALM }))).records('late')
    const ifRevision = (await eventually(() => records.write('a', '{"n":1}', { expires: null }))) as string
    relay.hold()
    const error = await records.write('a', '{"n":2}', { expires: null, ifRevision }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    const settled = settledAfter(error)
    await expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' })
    expect(await Promise.race([settled, 'not yet'])).toBe('not yet')
    relay.release()
    expect(await settled).toBe('answered')
    expect((await eventually(() => records.read('a')))?.json).toBe('{"n":2}')
  })

  it('calls reject within the timeout while the server is silent, and succeed when it answers again', async () => {
    const records = (await opened({ timeout: TIMEOUT })).records('frozen')
    await records.write('a', '{"n":1}', { expires: null })
    relay.freeze()
    const entries = records.entries()[Symbol.asyncIterator]()
    // The first call uses the open connection. The other calls need new connections, for which the client may time out
    // earlier.
    const inTime = { code: expect.stringMatching(/^SESSIONBANK_(TIMEOUT|OPERATION_FAILED)$/) }
    await Promise.all([
      expect(entries.next()).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
      expect(records.read('a')).rejects.toMatchObject(inTime),
      expect(records.touch('a', null)).rejects.toMatchObject(inTime),
      expect(records.count()).rejects.toMatchObject(inTime),
    ])
    const soon = { deadline: performance.now() + 300 }
    await Promise.all([
      expect(records.read('a', soon)).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
      expect(records.touch('a', null, soon)).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
      expect(records.count(soon)).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' }),
    ])
    relay.mend()
    expect((await eventually(() => records.read('a')))?.json).toBe('{"n":1}')
  })

  it('a server is found again after being unreachable for many times the timeout', async () => {
    const timeout = 500
    const records = (await eventually(() => opened({ timeout }))).records('long-away')
    await eventually(() => records.write('a', '{"n":1}', { expires: null }))
    relay.cut()
    for (const end = performance.now() + 6 * timeout; performance.now() < end; await pause()) {
      await expect(records.read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    }
    relay.mend()
    expect((await eventually(() => records.read('a')))?.json).toBe('{"n":1}')
  })

  it('calls fail clearly while the server is away, and succeed once it is back', async () => {
    const records = (await opened({ timeout: TIMEOUT })).records('away')
    await records.write('a', '{"n":1}', { expires: null })
    await server().halt('SIGKILL')
    // The client may or may not notice the closed socket before the call's deadline.
    const { code, message } = await records.read('a').then(
      () => Promise.reject(new Error('it was read')),
      (error) => error,
    )
    expect(`${code}: ${message}`).toMatch(/_OPERATION_FAILED: .*MongoDB cannot be reached|_TIMEOUT: .*did not answer/)
    await expect(records.write('a', '{"n":2}', { expires: null })).rejects.toMatchObject({
      code: expect.stringMatching(/_(OPERATION_FAILED|UNKNOWN_OUTCOME|TIMEOUT)$/),
    })
    await server().resume()
    expect(await eventually(() => records.write('a', '{"n":3}', { expires: null }))).not.toBeNull()
    expect((await records.read('a'))?.json).toBe('{"n":3}')
  })
})
