import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { closingServer, describeWith, freePort, mongodb, type TcpServer, tcpServer } from '@sessionbank/test-servers'
import { connected } from './connected.ts'

/**
 * A timeout in ms. The client searches for a server for nine tenths of it; the rest must suffice to report the cause.
 */
const UNANSWERED = 8_000

async function refusalOf(url: string, timeout = 20_000): Promise<Error & { code: string }> {
  const refusal = await connected({ url, timeout, schema: { session: { pkey: 'sid' } } }).then(
    () => Promise.reject(new Error('it connected')),
    (error) => error,
  )
  expect(refusal.code).toBe('SESSIONBANK_CONNECT_FAILED')
  assertHides(refusal, 's3cret')
  return refusal
}

it('the error says that nothing listens on a port', async () => {
  const [one, other] = [await freePort(), await freePort()]
  const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${one},127.0.0.1:${other}/app`, UNANSWERED)
  expect(message).toContain(
    `MongoDB at 127.0.0.1:${one}, 127.0.0.1:${other}: nothing listens there: check host and port`,
  )
})

it('the error says that a host does not exist', async () => {
  const { message } = await refusalOf('mongodb://app:s3cret@no-such-host.invalid/app', UNANSWERED)
  expect(message).toMatch(/no-such-host\.invalid:27017: (there is no such host|its host could not be looked up)/)
})

it('the error of an invalid URL does not show its password', async () => {
  for (const url of [
    'mongodb://app:s3cret%@localhost/app',
    'mongodb://app:s3cret/y@localhost/app',
    'mongodb://app:s3cret@/',
  ]) {
    expect((await refusalOf(url)).message).toContain('percent-encode')
  }
  expect((await refusalOf('mongodb://app:s3cret@localhost/app?wrongOption=1')).message).toContain(
    '`url` cannot be used',
  )
})

it.each(['127.0.0.1:1,', ',127.0.0.1:1', '127.0.0.1:1,,127.0.0.1:2', '%00', 'a%3A9'])(
  'the hosts %s, with which the client would end the process, are rejected',
  async (hosts) => {
    expect((await refusalOf(`mongodb://app:s3cret@${hosts}/app`)).message).toContain('a host in it is empty or invalid')
  },
)

describe('a server that accepts connections and never answers', () => {
  let silent: TcpServer

  beforeAll(async () => {
    silent = await tcpServer(() => {})
  })

  afterAll(() => silent.close())

  it('makes connecting fail within the timeout', async () => {
    const { port } = silent
    const began = performance.now()
    const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${port}/app`, 1_000)
    const [, said] = /no answer from MongoDB at 127\.0\.0\.1:\d+ within (\d+) ms/.exec(message) ?? []
    expect(Number(said)).toBeLessThanOrEqual(performance.now() - began)
  })
})

it('the error says that the server closed the connection', async () => {
  const { port, close } = await closingServer()
  const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${port}/app`, 2_000)
  expect(message).toContain(`127.0.0.1:${port}: it closed the connection`)
  await close()
})

describeWith(mongodb, (server) => {
  it('the error says that user or password are wrong', async () => {
    const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${server().port}/app`)
    expect(message).toContain('refused the user or the password')
  })

  it('unacknowledged writes (w=0) are rejected', async () => {
    expect((await refusalOf(`${server().url}?w=0`)).message).toContain('w=0')
  })

  it('nothing keeps the process alive after a failed connect or a disconnect', async () => {
    const program = join(__dirname, 'connect-and-leave.cjs')
    const { stdout } = await promisify(execFile)(process.execPath, [program, server().url], { timeout: 90_000 })
    expect(stdout).toBe('refused, connected, disconnected')
  }, 120_000)
})
