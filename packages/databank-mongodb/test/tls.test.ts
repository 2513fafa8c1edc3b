import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  type Authority,
  CERTIFICATE_FAULTS,
  type CertificateFault,
  certificateAuthority,
  describeWith,
  mongodb,
  mongodbOverTls,
  openInChild,
  TlsTrials,
} from '@sessionbank/test-servers'
import type { MongodbDatabank, MongodbParams } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually, pause } from './eventually.ts'

/** A timeout in ms. For nine tenths of it, the client retries a server that closes the connection. */
const FAILING = 4_000
const PASSWORD = 'pass-word-of-ann'

const trials = new TlsTrials<MongodbParams, MongodbDatabank>({
  open: connected,
  close: disconnected,
  assertHides,
  password: PASSWORD,
})
const works = (params: MongodbParams) => trials.works(params)
const refusal = (params: MongodbParams) => trials.refusal({ timeout: FAILING, ...params })

describeWith(mongodbOverTls, (server) => {
  const url = (query: object = {}) => `${server().url}?${new URLSearchParams({ tls: 'true', ...query })}`
  let stranger: Authority

  beforeAll(() => {
    stranger = certificateAuthority()
  })
  afterAll(() => stranger.remove())

  it('a certificate authority can be set by URL and by option', async () => {
    const { ca, caFile } = server().authority
    await works({ url: url({ tlsCAFile: caFile }) })
    await works({ url: url(), tls: { ca } })
    await works({ url: server().url, tls: { ca: [stranger.ca, ca] } })
  })

  it('`tls.ca` is still trusted after the server was unreachable for many times the timeout', async () => {
    const timeout = 500
    const params = { url: url(), tls: { ca: server().authority.ca }, timeout }
    const bank = await eventually(() => connected(params))
    const read = () => bank.records('session').read('a')
    await server().halt()
    // Meanwhile the bank replaces its client.
    for (const end = performance.now() + 6 * timeout; performance.now() < end; await pause()) {
      await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/_(OPERATION_FAILED|TIMEOUT)$/) })
    }
    await server().resume()
    await eventually(read)
    await disconnected(bank)
  }, 90_000)

  it('the name that the certificate must have can be set', async () => {
    await trials.checksName(server(), { url: url() })
  })

  it('a client certificate can be set by URL and by option', async () => {
    const { authority } = server()
    await server().present({ certificate: authority.issue(), wantsClientCertificate: true })
    const { cert, key, certFile } = authority.issue({ commonName: 'app' })
    const both = `${certFile}.both`
    writeFileSync(both, cert + key)
    await works({ url: url({ tlsCAFile: authority.caFile, tlsCertificateKeyFile: both }) })
    await works({ url: url(), tls: { ca: authority.ca, cert, key } })
    for (const unwelcome of [stranger.issue(), authority.issue({ isExpired: true })]) {
      const tls = { ca: authority.ca, cert: unwelcome.cert, key: unwelcome.key }
      expect((await refusal({ url: url(), tls })).message).toMatch(/client certificate/)
    }
    await server().present({ certificate: authority.issue() })
  })

  it.each(CERTIFICATE_FAULTS)('the error names $fault', async (fault: CertificateFault) => {
    await trials.namesFault(server(), fault, {
      stranger,
      paramsOf: ({ ca, caFile }) => [
        { url: url({ tlsCAFile: caFile }).replace('://', `://ann:${PASSWORD}@`) },
        { url: url(), tls: { ca } },
      ],
    })
  })

  describe('the check of the certificate', () => {
    /** Runs in a child process, because Node reads the real environment, not the one that Jest shows to tests. */
    it('is not turned off by the environment', async () => {
      const driver = { folder: join(__dirname, '..'), className: 'MongodbDatabank' }
      const outcomes = await openInChild(driver, [url()], FAILING, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
      expect(outcomes).toEqual([
        expect.objectContaining({ message: expect.stringContaining('certificate is not trusted') }),
      ])
    })

    it.each([
      'tlsInsecure=true',
      'tlsinsecure=1',
      'tls%49nsecure=true',
      'tlsAllowInvalidCertificates=true',
      'tlsAllowInvalidHostnames=true',
      'rejectUnauthorized=false',
      'checkServerIdentity=no',
      'secureContext=none',
    ])('is not turned off by a URL with %s', async (query) => {
      expect(await refusal({ url: `${url()}&${query}` })).toMatchObject({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringMatching(/tlsCAFile/),
      })
    })

    it.each(['tlsInsecure=false', 'tlsAllowInvalidCertificates=false', 'tlsAllowInvalidHostnames=false'])(
      'stays on with %s',
      async (query) => {
        expect((await refusal({ url: `${url()}&${query}` })).message).toContain('certificate is not trusted')
      },
    )

    it('is not skipped if a query parameter is misspelt', async () => {
      expect((await refusal({ url: url({ tlsCaFil: '/ca.pem' }) })).message).toContain('tlscafil is not supported')
    })
  })

  it('the error of a connection without TLS says how to turn it on', async () => {
    expect((await refusal({ url: server().url })).message).toContain('`tls=true`')
  })

  it('the error of an unreadable file names its query parameter, but no path', async () => {
    for (const name of ['tlsCAFile', 'tlsCertificateKeyFile']) {
      const { message } = await refusal({ url: url({ [name]: '/nowhere/file.pem' }) })
      expect(message).toContain('`tlsCAFile`')
      expect(message).not.toContain('nowhere')
    }
  })

  it.each([
    [{ ca: '/etc/ca.pem' }, /not its path/],
    [{ rejectUnauthorized: false }, /cannot be turned off/],
  ])('the option `tls` cannot be %j', async (tls, message) => {
    const error = await refusal({ url: url(), tls: tls as never })
    expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringMatching(message) })
  })

  it('`tls` is rejected with the app’s own client, beside files in the URL, and with TLS off', async () => {
    const tls = { ca: server().authority.ca }
    for (const params of [
      { client: { db() {} } as never, tls },
      { url: url({ tlsCAFile: server().authority.caFile }), tls },
      { url: `${server().url}?tls=false`, tls },
      { url: `${server().url}?ssl=false`, tls },
    ]) {
      expect(await refusal(params)).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    }
  })
})

describeWith(mongodb, (server) => {
  it('connecting with TLS to a server without TLS fails', async () => {
    const { message } = await refusal({ url: `${server().url}?tls=true` })
    expect(message).toMatch(/TLS/)
  })
})
