import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  type Authority,
  CERTIFICATE_FAULTS,
  type CertificateFault,
  certificateAuthority,
  couchbaseOverTls,
  describeWith,
} from '@sessionbank/test-servers'
import { CouchbaseDatabank } from '../src/index.ts'
import { connected } from './connected.ts'

const TIMEOUT = 20_000

/** Faults without a client certificate, which only the app's own cluster can have. */
const FAULTS = CERTIFICATE_FAULTS.filter(({ wantsClientCertificate }) => !wantsClientCertificate)

async function refusalOf(url: string): Promise<string> {
  const error = await connected({ url, timeout: TIMEOUT }).then(
    () => Promise.reject(new Error('it connected')),
    (error) => error,
  )
  expect(error.code).toBe('SESSIONBANK_CONNECT_FAILED')
  assertHides(error, 's3cret')
  return error.message
}

describeWith(couchbaseOverTls, (server) => {
  const url = (query: object) => `${server().url}?${new URLSearchParams({ ...query })}`
  let stranger: Authority

  beforeAll(() => {
    stranger = certificateAuthority()
  })
  afterAll(() => stranger.remove())

  it('a server with a trusted certificate gets the password', async () => {
    const { caFile } = server().authority
    for (const query of [{}, { tls_verify: 'peer' }]) {
      const message = await refusalOf(url({ ...query, trust_certificate: caFile }))
      expect(message).toContain('refused the user or the password')
    }
  })

  it.each(FAULTS)('an error names $fault', async (fault: CertificateFault) => {
    const { authority } = server()
    await server().present({ certificate: authority.issue(fault) })
    const message = await refusalOf(url({ trust_certificate: (fault.isStranger ? stranger : authority).caFile }))
    expect(message).toMatch(fault.says)
    await server().present({ certificate: authority.issue() })
  })

  it('the error of an unreadable file names its query parameter, but no path', async () => {
    const message = await refusalOf(url({ trust_certificate: '/nowhere/ca.pem' }))
    expect(message).toMatch(/`trust_certificate` cannot be read/)
    expect(message).not.toContain('nowhere')
  })
})

it.each(['tls_verify=none', 'tls%5Fverify=none', 'tls_verify=NONE', 'ssl=no_verify', 'TLS_VERIFY=none'])(
  'a URL with %s is rejected',
  (query) => {
    const open = () => new CouchbaseDatabank({ url: `couchbases://ann:s3cret@127.0.0.1/b?${query}` })
    expect(open).toThrow(/^(?!.*s3cret).*certificate is checked/)
  },
)

it('a certificate authority without TLS is rejected', () => {
  const open = () => new CouchbaseDatabank({ url: 'couchbase://ann:s3cret@127.0.0.1/b?trust_certificate=/ca.pem' })
  expect(open).toThrow(/couchbases:\/\//)
})
