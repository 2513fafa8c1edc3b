import { CouchbaseDatabank } from '../src/index.ts'
import { checkedOptions } from '../src/options.ts'

const url = 'couchbase://app:s3cret@localhost/app'

it('a URL is parsed into an address, a login and a bucket', () => {
  const { server, bucket } = checkedOptions({ url: 'couchbases://a%40b:p%3A%2F@h1:1,h2:2/my%20bucket?x=1&y=2' })
  expect(server).toMatchObject({
    connectionString: 'couchbases://h1:1,h2:2?x=1&y=2',
    hosts: 'h1:1,h2:2',
    username: 'a@b',
    password: 'p:/',
  })
  expect(bucket).toBe('my bucket')
})

it.each([
  ['nothing to connect to', {}],
  ['two things to connect to', { url, cluster: { bucket() {} } }],
  ['a URL of another database', { url: 'mongodb://app:s3cret@localhost/app' }],
  ['a URL without a user', { url: 'couchbase://localhost/app' }],
  ['an unencoded password', { url: 'couchbase://app:s3cret%@localhost/app' }],
  ['a password with an unencoded @', { url: 'couchbase://app:x@s3cret@localhost/app' }],
  ['a password with an @ and a /', { url: 'couchbase://app:x@s3cret/y@localhost/app' }],
  ['a password with an @ and a ?', { url: 'couchbase://app:x@s3cret?y@localhost/app' }],
  ['an empty host', { url: 'couchbase://app:s3cret@localhost,/app' }],
  ['an invalid host', { url: 'couchbase://app:s3cret@[::1/app' }],
  ['an invalid port', { url: 'couchbase://app:s3cret@localhost:99999/app' }],
  ['no bucket', { url: 'couchbase://app:s3cret@localhost' }],
  ['an invalid cluster', { cluster: {}, bucket: 'app' }],
  ['an unknown durability', { url, durability: 'all' }],
  ['a timeout of 0', { url, timeout: 0 }],
  ['a type that leaves no space for an id', { url, schema: { ['x'.repeat(200)]: {} } }],
])('%s is rejected', (_name, params) => {
  const make = () => new CouchbaseDatabank(params as never)
  expect(make).toThrow(expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION' }))
  expect(make).not.toThrow('s3cret')
})

it('the error of a password with an @ says how to write it', () => {
  const make = () => checkedOptions({ url: 'couchbase://app:x@s3cret/y@localhost/app' })
  expect(make).toThrow('percent-encode')
  expect(make).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
})
