import { join } from 'node:path'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  type Authority,
  CERTIFICATE_FAULTS,
  type CertificateFault,
  certificateAuthority,
  describeWith,
  openInChild,
  postgres,
  postgresOverTls,
  TlsTrials,
} from '@sessionbank/test-servers'
import type { PostgresDatabank, PostgresParams } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'

/** Long enough for a busy machine, in ms. */
const TIMEOUT = 20_000
const PASSWORD = 'loopback-only'

const trials = new TlsTrials<PostgresParams, PostgresDatabank>({
  open: (params) => connected({ timeout: TIMEOUT, ...params }),
  close: disconnected,
  assertHides,
  password: PASSWORD,
})
const works = (params: PostgresParams) => trials.works(params)
const refusal = (params: PostgresParams) => trials.refusal(params)

describeWith(postgresOverTls, (server) => {
  const url = (query: object = {}) => {
    const search = new URLSearchParams({ ...query }).toString()
    return search === '' ? server().url : `${server().url}?${search}`
  }
  let stranger: Authority

  beforeAll(() => {
    stranger = certificateAuthority()
  })
  afterAll(() => stranger.remove())

  describe('over TLS', () => {
    it.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
      'a certificate authority can be set (sslmode=%s)',
      async (sslmode) => {
        await works({ url: url({ sslmode, sslrootcert: server().authority.caFile }) })
        await works({ url: url({ sslmode }), tls: { ca: server().authority.ca } })
      },
    )

    it('TLS is on with `ssl=true`, or with a certificate authority only', async () => {
      const { ca, caFile } = server().authority
      await works({ url: url({ ssl: 'true', sslrootcert: caFile }) })
      await works({ url: url({ sslrootcert: caFile, sslnegotiation: 'postgres' }) })
      await works({ url: url(), tls: { ca: [stranger.ca, ca] } })
    })

    it('the name that the certificate must have can be set', async () => {
      await trials.checksName(server(), { url: url() })
    })

    it('the query parameter `host` is checked', async () => {
      const { authority } = server()
      const elsewhere = url({ sslrootcert: authority.caFile, host: 'localhost' })
      expect((await refusal({ url: elsewhere })).message).toContain('certificate is of another host')
    })
  })

  describe('a server that requires a client certificate', () => {
    beforeAll(() => server().present({ certificate: server().authority.issue(), wantsClientCertificate: true }), 60_000)
    afterAll(() => server().present({ certificate: server().authority.issue() }), 60_000)

    it('accepts a certificate set by URL or by option', async () => {
      const { caFile, ca, issue } = server().authority
      const { certFile, keyFile, cert, key } = issue({ commonName: 'app' })
      const files = { sslrootcert: caFile, sslcert: certFile, sslkey: keyFile }
      await works({ url: url({ sslmode: 'verify-full', ...files }) })
      await works({ url: url({ sslmode: 'verify-full' }), tls: { ca: Buffer.from(ca), cert, key } })
    })

    it('rejects an expired certificate or an unknown authority, and the error says so', async () => {
      const { ca, issue } = server().authority
      for (const { cert, key } of [stranger.issue(), issue({ isExpired: true })]) {
        const { message } = await refusal({ url: url(), tls: { ca, cert, key } })
        expect(message).toMatch(/client certificate/)
      }
    })
  })

  it.each(CERTIFICATE_FAULTS)(
    'the error names $fault',
    async (fault: CertificateFault) => {
      await trials.namesFault(server(), fault, {
        stranger,
        paramsOf: ({ ca, caFile }) => [
          { url: url({ sslmode: 'require', sslrootcert: caFile }) },
          { url: url(), tls: { ca } },
        ],
      })
    },
    90_000,
  )

  describe('the check of the certificate', () => {
    /** Runs in a child process, because Node reads the real environment, not the one that Jest shows to tests. */
    it('is not turned off by the environment', async () => {
      const driver = { folder: join(__dirname, '..'), className: 'PostgresDatabank' }
      const outcomes = await openInChild(driver, [url({ sslmode: 'require' })], TIMEOUT, {
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      })
      expect(outcomes).toEqual([
        expect.objectContaining({ message: expect.stringContaining('certificate is not trusted') }),
      ])
    })

    it('is not turned off by PGSSLMODE, which applies if the URL has no sslmode', async () => {
      const { PGSSLMODE } = process.env
      process.env.PGSSLMODE = 'require'
      expect((await refusal({ url: url() })).message).toContain('certificate is not trusted')
      process.env.PGSSLMODE = 'no-verify'
      expect((await refusal({ url: url() })).message).toMatch(/PGSSLMODE.*unchecked/)
      if (PGSSLMODE === undefined) delete process.env.PGSSLMODE
      else process.env.PGSSLMODE = PGSSLMODE
    })

    it.each([
      'sslmode=no-verify',
      'sslmode=no-verify&sslmode=verify-full',
      'ssl=no-verify',
      'ssl%6Dode=no-verify',
      'sslm\node=no-verify',
      'sslmode=allow',
      'sslmode=verify_full',
      'sslmode=',
      'ssl=yes',
      'uselibpqcompat=true&sslmode=require',
      'SSLMODE=verify-full',
      'ssl_mode=verify-full',
      'sslcrl=/etc/revoked.pem',
      'tls=true',
      'sslnegotiation=sometimes',
    ])('is not turned off by a URL with %j', async (query) => {
      const error = await refusal({ url: `${server().url}?${query}` })
      expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
      expect(error.message).toMatch(/sslrootcert|nown names are|`sslnegotiation`/)
    })
  })

  it('the error of a connection without TLS says that the server may require it', async () => {
    for (const query of [{}, { sslmode: 'disable' }]) {
      expect((await refusal({ url: url(query) })).message).toContain('sslmode=verify-full')
    }
  })

  it('the error of an unreadable file names its query parameter, but no path', async () => {
    for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
      const rest =
        name === 'sslrootcert' ? {} : { sslcert: server().authority.caFile, sslkey: server().authority.caFile }
      const { message } = await refusal({ url: url({ ...rest, [name]: '/nowhere/file.pem' }) })
      expect(message).toMatch(new RegExp(`\`${name}\`.*ENOENT`))
      expect(message).not.toContain('nowhere')
    }
  })

  it('an invalid certificate or key is rejected', async () => {
    const { authority } = server()
    const [one, other] = [authority.issue(), authority.issue()]
    for (const tls of [
      { ca: '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----' },
      { ca: authority.ca, cert: one.cert, key: other.key },
    ]) {
      expect((await refusal({ url: url(), tls })).message).toMatch(/certificates? .*cannot be used/)
    }
  })

  it.each([
    [{ ca: '/etc/ca.pem' }, /not its path/],
    [{ ca: 7 }, /`tls.ca`/],
    [{ ca: [] }, /`tls.ca`/],
    [{ cert: '-----BEGIN CERTIFICATE-----' }, /`tls.key`/],
    [{ rejectUnauthorized: false }, /cannot be turned off/],
    [{ cA: '' }, /did you mean "ca"/],
    ['ca.pem', /`tls`/],
  ])('the option `tls` cannot be %j', async (tls, message) => {
    const error = await refusal({ url: url(), tls: tls as never })
    expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringMatching(message) })
  })

  it('`tls` is rejected beside a URL that contradicts it, or a pool', async () => {
    const tls = { ca: server().authority.ca }
    for (const query of [{ sslmode: 'disable' }, { ssl: '0' }, { sslrootcert: server().authority.caFile }]) {
      expect(await refusal({ url: url(query), tls })).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    }
    expect(await refusal({ pool: { connect() {}, on() {} } as never, tls })).toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringContaining('pool'),
    })
  })
})

describeWith(postgres, (server) => {
  it('connecting with TLS to a server without TLS fails', async () => {
    for (const query of ['sslmode=require', 'sslmode=prefer', 'ssl=1']) {
      expect((await refusal({ url: `${server().url}?${query}` })).message).toContain('it does not speak TLS')
    }
  })
})
