import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { closingServer, describeWith, freePort, mongodb, type TcpServer, tcpServer } from '@sessionbank/test-servers'
import { connected } from './connected.ts'

/** Where the client looks for a server until a tenth of it is left, which has to do for saying what it found. */
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

it('says that nothing listens on a port', async () => {
  const [one, other] = [await freePort(), await freePort()]
  const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${one},127.0.0.1:${other}/app`, UNANSWERED)
  expect(message).toContain(
    `MongoDB at 127.0.0.1:${one}, 127.0.0.1:${other}: nothing listens there: check host and port`,
  )
})

it('says that there is no such host', async () => {
  const { message } = await refusalOf('mongodb://app:s3cret@no-such-host.invalid/app', UNANSWERED)
  expect(message).toMatch(/no-such-host\.invalid:27017: (there is no such host|its host could not be looked up)/)
})

it('says that a URL cannot be used, without its password', async () => {
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
  'refuses the hosts %s, over which the client would end the process',
  async (hosts) => {
    expect((await refusalOf(`mongodb://app:s3cret@${hosts}/app`)).message).toContain('a host in it is empty or no host')
  },
)

describe('a server that takes connections and never says a word', () => {
  let silent: TcpServer

  beforeAll(async () => {
    silent = await tcpServer(() => {})
  })

  afterAll(() => silent.close())

  it('is given up within the timeout', async () => {
    const { port } = silent
    const began = performance.now()
    const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${port}/app`, 1_000)
    const [, said] = /no answer from MongoDB at 127\.0\.0\.1:\d+ within (\d+) ms/.exec(message) ?? []
    expect(Number(said)).toBeLessThanOrEqual(performance.now() - began)
  })
})

it('says that the server closes the connection', async () => {
  const { port, close } = await closingServer()
  const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${port}/app`, 2_000)
  expect(message).toContain(`127.0.0.1:${port}: it closed the connection`)
  await close()
})

describeWith(mongodb, (server) => {
  it('says that user or password are refused', async () => {
    const { message } = await refusalOf(`mongodb://app:s3cret@127.0.0.1:${server().port}/app`)
    expect(message).toContain('refused the user or the password')
  })

  it('refuses to work without acknowledgement', async () => {
    expect((await refusalOf(`${server().url}?w=0`)).message).toContain('w=0')
  })

  it('leaves nothing open that keeps the process alive, neither after a refusal nor after a disconnect', async () => {
    const program = join(__dirname, 'connect-and-leave.cjs')
    const { stdout } = await promisify(execFile)(process.execPath, [program, server().url], { timeout: 90_000 })
    expect(stdout).toBe('refused, connected, disconnected')
  }, 120_000)
})
