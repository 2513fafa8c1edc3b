import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  type Authority,
  CERTIFICATE_FAULTS,
  type CertificateFault,
  certificateAuthority,
  describeWith,
  openInChild,
  redis,
  redisClusterOverTls,
  redisOverTls,
  redisSentinelOverTls,
  TlsTrials,
} from '@sessionbank/test-servers'
import { Redis } from 'ioredis'
import { RedisDatabank, type RedisParams } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

/** Long enough for a busy machine, in ms. */
const TIMEOUT = 20_000
const PASSWORD = 'pass-word-of-ann'

type Params = Omit<RedisParams, 'library'>

const trials = new TlsTrials<Params, RedisDatabank>({
  open: (params) => openBank({ timeout: TIMEOUT, ...params }),
  close: closeBank,
  assertHides,
  password: PASSWORD,
})
const works = (params: Params) => trials.works(params)
const refusal = (params: Params) => trials.refusal(params)

describe.each([
  ['one node', redisOverTls],
  ['a cluster', redisClusterOverTls],
  ['Sentinel', redisSentinelOverTls],
])('%s', (_, kind) => {
  describeWith(kind, (server) => {
    const url = (query: object = {}) => `${server().url}?${new URLSearchParams({ ...query })}`
    let stranger: Authority

    beforeAll(() => {
      stranger = certificateAuthority()
    })
    afterAll(() => stranger.remove())

    it('a certificate authority can be set by URL and by option', async () => {
      const { ca, caFile } = server().authority
      await works({ url: url({ cacert: caFile }) })
      await works({ url: server().url, tls: { ca } })
      await works({ url: server().url, tls: { ca: [stranger.ca, ca] } })
    })

    it('the name that the certificate must have can be set', async () => {
      await trials.checksName(server(), { url: server().url })
    })

    it('a client certificate can be set by URL and by option', async () => {
      const { authority } = server()
      await server().present({ certificate: authority.issue(), wantsClientCertificate: true })
      const { certFile, keyFile, cert, key } = authority.issue({ commonName: 'app' })
      await works({ url: url({ cacert: authority.caFile, cert: certFile, key: keyFile }) })
      await works({ url: server().url, tls: { ca: Buffer.from(authority.ca), cert, key } })
      for (const unwelcome of [stranger.issue(), authority.issue({ isExpired: true })]) {
        const tls = { ca: authority.ca, cert: unwelcome.cert, key: unwelcome.key }
        expect((await refusal({ url: server().url, tls })).message).toMatch(/client certificate/)
      }
      await server().present({ certificate: authority.issue() })
    }, 90_000)

    it.each(CERTIFICATE_FAULTS)(
      'the error names $fault',
      async (fault: CertificateFault) => {
        await trials.namesFault(server(), fault, {
          stranger,
          paramsOf: ({ ca, caFile }) => [
            { url: url({ cacert: caFile }).replace('://', `://ann:${PASSWORD}@`) },
            { url: server().url, tls: { ca } },
          ],
        })
      },
      90_000,
    )

    describe('the check of the certificate', () => {
      /** Runs in a child process, because Node reads the real environment, not the one that Jest shows to tests. */
      it('is not turned off by the environment', async () => {
        const driver = { folder: join(__dirname, '..'), className: 'RedisDatabank' }
        const outcomes = await openInChild(driver, [server().url], TIMEOUT, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
        expect(outcomes).toEqual([
          expect.objectContaining({ message: expect.stringContaining('certificate is not trusted') }),
        ])
      })

      it.each([
        'rejectUnauthorized=false',
        'tls=false',
        'ssl_cert_reqs=none',
        'insecure',
        'CACERT=/ca.pem',
        'cacer=/ca.pem',
      ])('is not turned off by a URL with %s', async (query) => {
        expect(await refusal({ url: `${server().url}?${query}` })).toMatchObject({
          code: 'SESSIONBANK_INVALID_OPTION',
          message: expect.stringMatching(/nown names are cacert, cert, key/),
        })
      })
    })
  })
})

describeWith(redisClusterOverTls, (server) => {
  it('a node announced under a name that is not in its certificate is rejected', async () => {
    const { ca, caFile } = server().authority
    const redisCli = (...args: string[]) =>
      execFileSync('redis-cli', ['--tls', '--cacert', caFile, '-h', '127.0.0.1', '-p', String(server().port), ...args])
    redisCli('CONFIG', 'SET', 'cluster-announce-hostname', 'localhost')
    redisCli('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname')
    const { message } = await refusal({ url: server().url, tls: { ca } })
    expect(message).toContain('certificate is of another host')
  })
})

describeWith(redisOverTls, (server) => {
  it('the app’s own client is used over TLS with its own options', async () => {
    const { ca } = server().authority
    const client = new Redis({ host: '127.0.0.1', port: server().port, tls: { ca }, lazyConnect: true })
    client.on('error', () => {})
    await works({ client })
    client.disconnect()
    const doubtful = new Redis({ host: '127.0.0.1', port: server().port, tls: {}, lazyConnect: true })
    doubtful.on('error', () => {})
    expect((await refusal({ client: doubtful })).message).toContain('certificate is not trusted')
    doubtful.disconnect()
  })

  it('the host is sent by SNI, for a proxy with several servers', async () => {
    const { cert, key } = server().authority.issue({ name: 'DNS:localhost' })
    let asked: string | undefined
    const SNICallback = (name: string, answer: (error: null) => void) => {
      asked = name
      answer(null)
    }
    const proxy = createServer({ cert, key, SNICallback })
    proxy.on('secureConnection', (socket) => socket.destroy())
    await new Promise<void>((resolve) => proxy.listen(0, 'localhost', resolve))
    const { port } = proxy.address() as AddressInfo
    await refusal({ url: `rediss://localhost:${port}`, tls: { ca: server().authority.ca } }).finally(() =>
      proxy.close(),
    )
    expect(asked).toBe('localhost')
  })

  it('a key with a passphrase is accepted, and the passphrase is never shown', async () => {
    const { authority } = server()
    await server().present({ certificate: authority.issue(), wantsClientCertificate: true })
    const { cert, key } = authority.issue({ commonName: 'app' })
    const sealed = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD } as const
    const tls = { ca: authority.ca, cert, key: createPrivateKey(key).export(sealed) }
    await works({ url: server().url, tls: { ...tls, passphrase: PASSWORD } })
    for (const wrong of [{}, { passphrase: `not ${PASSWORD}` }]) {
      expect((await refusal({ url: server().url, tls: { ...tls, ...wrong } })).message).toMatch(/key.*passphrase/)
    }
    await server().present({ certificate: authority.issue() })
  })

  it('the error of a connection without TLS says how to turn it on', async () => {
    const { message } = await refusal({ url: server().url.replace('rediss:', 'redis:') })
    expect(message).toContain('rediss://')
  })

  it('the error of an unreadable file names its query parameter, but no path', async () => {
    const pair = { cert: server().authority.caFile, key: server().authority.caFile }
    for (const query of [
      { cacert: '/nowhere/ca.pem' },
      { ...pair, cert: '/nowhere/c' },
      { ...pair, key: '/nowhere/k' },
    ]) {
      const { message } = await refusal({ url: `${server().url}?${new URLSearchParams(query as never)}` })
      expect(message).toMatch(/`(cacert|cert|key)` in `url`.*ENOENT/)
      expect(message).not.toContain('nowhere')
    }
  })

  it.each([
    [{ ca: '/etc/ca.pem' }, /not its path/],
    [{ rejectUnauthorized: false }, /cannot be turned off/],
  ])('the option `tls` cannot be %j', async (tls, message) => {
    const error = await refusal({ url: server().url, tls: tls as never })
    expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringMatching(message) })
  })

  it('`tls` is rejected without a rediss:// URL, and beside files in the URL', () => {
    const tls = { ca: server().authority.ca }
    const { caFile } = server().authority
    for (const url of ['redis://127.0.0.1', `rediss://127.0.0.1?cacert=${caFile}`]) {
      expect(() => new RedisDatabank({ url, tls })).toThrow(
        expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION' }),
      )
    }
    expect(() => new RedisDatabank({ client: {}, tls })).toThrow(/if you pass `client`/)
    expect(() => new RedisDatabank({ url: `redis://127.0.0.1?cacert=${caFile}` })).toThrow(/rediss:\/\//)
  })
})

describeWith(redis, (server) => {
  it('connecting by rediss:// to a server without TLS fails', async () => {
    // The server waits for the end of the line.
    const { message } = await refusal({ url: server().url.replace('redis:', 'rediss:'), timeout: 2_000 })
    expect(message).toMatch(/no answer within \d+ ms.*whether it uses TLS/)
  })
})
