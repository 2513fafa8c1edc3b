import { Calls } from '@sessionbank/databank-kit'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  AmbiguousTimeoutError,
  AuthenticationFailureError,
  BucketNotFoundError,
  DurabilityAmbiguousError,
  DurabilityImpossibleError,
  DurableWriteInProgressError,
  ParsingFailureError,
  RequestCanceledError,
  TemporaryFailureError,
  UnambiguousTimeoutError,
} from 'couchbase'
import { failureOf, indexError, isStarting, openingAdvice } from '../src/failures.ts'

const calls = new Calls({ database: 'Couchbase', timeout: 5_000, failureOf: (error) => failureOf(error, 5_000) })

/** Returns the error of a write for which the client throws `cause`, after or before the write was sent. */
function failureOfWrite(cause: Error, sent: boolean): Promise<Error> {
  const write = calls.write(async (call) => {
    call.sent = sent
    throw cause
  })
  return write.then(
    () => Promise.reject(new Error('it was done')),
    (error) => error,
  )
}

it.each([
  ['whose answer was too late', new AmbiguousTimeoutError()],
  ['whose connection was lost', new RequestCanceledError()],
  ['that did not become durable in time', new DurabilityAmbiguousError()],
  ['that failed in an unknown way', new TypeError()],
])('a write %s has an unknown outcome once it was sent', async (_name, cause) => {
  expect(await failureOfWrite(cause, true)).toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
  expect(await failureOfWrite(cause, false)).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
})

it.each([
  ['never left the client', new UnambiguousTimeoutError(), 'SESSIONBANK_TIMEOUT'],
  ['requires more nodes than there are', new DurabilityImpossibleError(), 'SESSIONBANK_OPERATION_FAILED'],
])('a write that %s was not done', async (_name, cause, code) => {
  expect(await failureOfWrite(cause, true)).toMatchObject({ code })
})

it('a write is retried if another write of the record is still running', async () => {
  let attempts = 0
  const write = calls.write(async (call) => {
    call.sent = true
    if (++attempts === 1) throw new DurableWriteInProgressError()
    return attempts
  })
  expect(await write).toBe(2)
})

it.each([
  ['a write', (cause: Error) => failureOfWrite(cause, true)],
  ['a read', (cause: Error) => failureOfWrite(cause, false)],
  ['an index', (cause: Error) => indexError(cause, 5)],
])('the error of %s does not quote the client', async (_name, failed) => {
  const context = { statement: 'SELECT', parameters: 's3cret', key: 's3cret' }
  const error = await failed(new RequestCanceledError(new Error('s3cret'), context as never))
  expect(error.cause).toMatchObject({ name: 'RequestCanceledError' })
  assertHides(error, 's3cret')
})

it('the error of a failed index says how to continue without it', () => {
  expect(indexError(new ParsingFailureError(), 5).message).toMatch(/did not create an index: .*`createIndexes: false`/)
})

it.each([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
])('no advice names the option `tls`, which the driver does not have (%s)', (code) => {
  const advice = openingAdvice(Object.assign(new Error(), { code }), false)
  expect(advice).toMatch(/trust_certificate|check the host|`cluster`/)
  expect(advice).not.toContain('`tls.')
})

describe('a connection error', () => {
  it.each([
    ['the server does not answer', new UnambiguousTimeoutError()],
    ['the server is warming up', new TemporaryFailureError()],
  ])('is transient if %s', (_, error) => {
    expect(isStarting(error)).toBe(true)
  })

  it.each([
    ['a wrong password', new AuthenticationFailureError()],
    ['a missing bucket', new BucketNotFoundError()],
    ['a certificate of another host', Object.assign(new Error(''), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
  ])('is not transient for %s', (_, error) => {
    expect(isStarting(error)).toBe(false)
  })
})
