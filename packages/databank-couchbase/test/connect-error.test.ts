import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { couchbase, describeWith, freePort } from '@sessionbank/test-servers'
import type { CouchbaseParams } from '../src/index.ts'
import { connected } from './connected.ts'

/** What a silent server is given. */
const SHORT = 1_500

async function refusalOf(url: string, params: CouchbaseParams = {}): Promise<string> {
  const refusal = await connected({ url, ...params }).then(
    () => Promise.reject(new Error('it connected')),
    (error) => error,
  )
  expect(refusal.code).toBe('SESSIONBANK_CONNECT_FAILED')
  assertHides(refusal, 's3cret')
  return refusal.message
}

it('says that nobody answers on a port', async () => {
  const port = await freePort()
  const began = performance.now()
  const message = await refusalOf(`couchbase://app:s3cret@127.0.0.1:${port}/app`, { timeout: SHORT })
  const [, said] =
    new RegExp(`no answer from Couchbase at 127.0.0.1:${port} within (\\d+) ms: check`).exec(message) ?? []
  expect(Number(said)).toBeLessThanOrEqual(performance.now() - began)
})

it('says that nobody answers at a host that there is not', async () => {
  expect(await refusalOf('couchbase://app:s3cret@no-such-host.invalid/app', { timeout: SHORT })).toContain(
    'Couchbase at no-such-host.invalid',
  )
})

describeWith(couchbase, (server) => {
  it('says that user or password are refused', async () => {
    const url = `couchbase://default:s3cret@127.0.0.1:${server().port}/default?sasl_mech_force=PLAIN`
    expect(await refusalOf(url)).toContain('refused the user or the password')
  })

  describe('where the client prints that there is no bucket', () => {
    beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}))
    afterEach(() => jest.restoreAllMocks())

    it('says so in the error too', async () => {
      expect(await refusalOf(server().url, { bucket: 'nowhere', timeout: 8_000 })).toContain(
        'check bucket, scope and collection',
      )
    })
  })

  it('says that the scope cannot be used', async () => {
    expect(await refusalOf(server().url, { scope: 'nowhere' })).toMatch(/`scope`|check bucket, scope and collection/)
  })

  it('leaves nothing open that keeps the process alive, neither after a refusal nor after a disconnect', async () => {
    const program = join(__dirname, 'connect-and-leave.cjs')
    const { stdout } = await promisify(execFile)(process.execPath, [program, server().url], { timeout: 90_000 })
    expect(stdout).toBe('refused, connected, disconnected')
  }, 120_000)
})
