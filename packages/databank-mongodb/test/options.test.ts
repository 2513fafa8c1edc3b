import { MongodbDatabank } from '../src/index.ts'

it.each([
  ['nothing to connect to', {}],
  ['two things to connect to', { url: 'mongodb://localhost/app', client: { db() {} } }],
  ['a URL of another database', { url: 'postgres://app:s3cret@localhost/app' }],
  ['a password with an unencoded @', { url: 'mongodb://app:x@s3cret@localhost/app' }],
  ['a password with an @ and a /', { url: 'mongodb://app:x@s3cret/y@localhost/app' }],
  ['a password with an @ and a ?', { url: 'mongodb://app:x@s3cret?y@localhost/app' }],
  ['a user with an unencoded @', { url: 'mongodb+srv://app@s3cret:x@localhost/app' }],
  ['an invalid client', { client: {} }],
  ['an invalid database', { db: {} }],
  ['only the name of a database', { db: 'app' }],
  ['a timeout of 0', { url: 'mongodb://localhost/app', timeout: 0 }],
  ['a type that cannot be a collection', { url: 'mongodb://localhost/app', schema: { 'system.x': {} } }],
])('%s is rejected', (_name, params) => {
  const make = () => new MongodbDatabank(params as never)
  expect(make).toThrow(expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION' }))
  expect(make).not.toThrow('s3cret')
})

it('the error of a password with an @ says how to write it', () => {
  expect.assertions(2)
  try {
    new MongodbDatabank({ url: 'mongodb://app:x@s3cret/y@localhost/app' })
  } catch (error) {
    expect((error as Error).message).toContain('percent-encode')
    expect((error as Error).cause).toBeUndefined()
  }
})
