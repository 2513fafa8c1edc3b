import { UnknownOutcomeError } from '@sessionbank/databank-kit'
import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { undoneIn } from '../src/calls-together.ts'
import { failureOf, isStarting } from '../src/failures.ts'

describe('a bulk of two writes', () => {
  const result = { matchedCount: 0, insertedCount: 0, getWriteConcernError: () => undefined }
  const bulk = (error: object) => new MongoBulkWriteError(error as never, result as never)
  const undone = (error: unknown) => {
    try {
      return [...undoneIn(error, 2).undone]
    } catch (thrown) {
      return thrown instanceof UnknownOutcomeError ? 'unknown' : failureOf(thrown, false)
    }
  }

  it.each([
    ['was not done if an index refused it', bulk({ message: '', writeErrors: [{ index: 1, code: 11000 }] }), [1]],
    ['was not done if the server refused all', bulk(new MongoServerError({ ok: 0, code: 13 })), [0, 1]],
    ['was not done if the client could not encode it', new MongoInvalidArgumentError('too large'), [0, 1]],
  ])('%s', (_name, error, indexes) => {
    expect(undone(error)).toEqual(indexes)
  })

  it('is retried if the server is not the primary', () => {
    const error = bulk(new MongoServerError({ ok: 0, code: 10107 }))
    expect(undone(error)).toMatchObject({ outcome: 'refused', isTransient: true })
  })

  it('may have been done if the connection was lost', () => {
    expect(undone(bulk(new MongoNetworkError('closed')))).toMatchObject({ outcome: 'unknown' })
  })

  it('was not sent if no server was found', () => {
    const error = new MongoServerSelectionError('none', { servers: new Map() } as never)
    expect(undone(bulk(error))).toMatchObject({ outcome: 'unsent' })
  })

  it('may have been done if the server was shut down meanwhile', () => {
    expect(undone(bulk({ message: '', writeErrors: [{ index: 0, code: 91 }] }))).toBe('unknown')
  })

  it('may be rolled back if the write concern was not met, whatever the other errors', () => {
    const unmet = { ...result, getWriteConcernError: () => ({ code: 64 }) }
    const error = new MongoBulkWriteError(
      { message: '', writeErrors: [{ index: 1, code: 11000 }] } as never,
      unmet as never,
    )
    expect(undone(error)).toBe('unknown')
  })

  it('may have been partly done if the server refused the rest', () => {
    const partly = { ...result, insertedCount: 1 }
    const error = new MongoBulkWriteError(new MongoServerError({ ok: 0, code: 13 }) as never, partly as never)
    expect(undone(error)).toBe('unknown')
  })
})

describe('a connection error', () => {
  const coded = (code: string | number) => Object.assign(new Error('failed'), { code })
  const unreachable = (error: Error | null, type = 'Unknown') =>
    new MongoServerSelectionError('none', { servers: new Map([['a:27017', { type, error }]]) } as never)

  it.each([
    ['nothing listens', unreachable(coded('ECONNREFUSED'))],
    ['the host has no address', unreachable(coded('ENOTFOUND'))],
    ['the server does not answer', unreachable(null)],
    ['the server closes the connection', unreachable(new MongoNetworkError('connection closed'))],
    ['there is no primary', unreachable(null, 'RSSecondary')],
    ['the server steps down', new MongoServerError({ code: 189 })],
    ['the SRV record is missing', coded('ENODATA')],
  ])('is transient if %s', (_, error) => {
    expect(isStarting(error)).toBe(true)
  })

  it.each([
    ['a wrong password', new MongoServerError({ code: 18 })],
    ['missing rights', new MongoServerError({ code: 13 })],
    ['an untrusted certificate', unreachable(coded('SELF_SIGNED_CERT_IN_CHAIN'))],
    ['a missing certificate file', coded('ENOENT')],
  ])('is not transient for %s', (_, error) => {
    expect(isStarting(error)).toBe(false)
  })
})
