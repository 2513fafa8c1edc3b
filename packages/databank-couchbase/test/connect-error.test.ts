import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { couchbase, describeWith, freePort } from '@sessionbank/test-servers'
import type { CouchbaseParams } from '../src/index.ts'
import { connected } from './connected.ts'

/** The timeout for a silent server, in ms. */
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

it('the error says that a port does not answer', async () => {
  const port = await freePort()
  const began = performance.now()
  const message = await refusalOf(`couchbase://app:s3cret@127.0.0.1:${port}/app`, { timeout: SHORT })
  const [, said] =
    new RegExp(`no answer from Couchbase at 127.0.0.1:${port} within (\\d+) ms: check`).exec(message) ?? []
  expect(Number(said)).toBeLessThanOrEqual(performance.now() - began)
})

it('the error names a host that does not exist', async () => {
  expect(await refusalOf('couchbase://app:s3cret@no-such-host.invalid/app', { timeout: SHORT })).toContain(
    'Couchbase at no-such-host.invalid',
  )
})

describeWith(couchbase, (server) => {
  it('the error says that user or password are wrong', async () => {
    const url = `couchbase://default:s3cret@127.0.0.1:${server().port}/default?sasl_mech_force=PLAIN`
    expect(await refusalOf(url)).toContain('refused the user or the password')
  })

  describe('if the bucket does not exist, which the client prints,', () => {
    beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}))
    afterEach(() => jest.restoreAllMocks())

    it('the error says what to check', async () => {
      expect(await refusalOf(server().url, { bucket: 'nowhere', timeout: 8_000 })).toContain(
        'check bucket, scope and collection',
      )
    })
  })

  it('the error says that the scope cannot be used', async () => {
    expect(await refusalOf(server().url, { scope: 'nowhere' })).toMatch(/`scope`|check bucket, scope and collection/)
  })

  it('nothing keeps the process alive after a failed connect or a disconnect', async () => {
    const program = join(__dirname, 'connect-and-leave.cjs')
    const { stdout } = await promisify(execFile)(process.execPath, [program, server().url], { timeout: 90_000 })
    expect(stdout).toBe('refused, connected, disconnected')
  }, 120_000)
})
