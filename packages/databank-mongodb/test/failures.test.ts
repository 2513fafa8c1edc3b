import { UnknownOutcomeError } from '@sessionbank/databank-kit'
import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { undoneIn } from '../src/calls-together.ts'
import { duplicateIn, failureOf } from '../src/failures.ts'

function refused(message: string, keyPattern?: object) {
  return Object.assign(new Error(message), { code: 11000, ...(keyPattern && { keyPattern }) })
}

it.each([
  ['the key', refused('E11000', { _id: 1 }), 'id'],
  ['the key of another index', refused('E11000', { 'value.user': 1 }), 'other'],
  ['the name', refused('E11000 duplicate key error collection: app.session index: _id_ dup key: { _id: "a" }'), 'id'],
  [
    'the name, as old servers do',
    refused('E11000 duplicate key error index: app.session.$_id_ dup key: { : "a" }'),
    'id',
  ],
  ['the name alone', refused('E11000 duplicate key error collection: app.session index: _id_'), 'id'],
  [
    'another name',
    refused('E11000 duplicate key error collection: app.session index: user_1 dup key: { user: "a" }'),
    'other',
  ],
  ['a name within a key', refused('E11000 dup key: { user: " index: _id_ dup key" }'), null],
  ['nothing', refused('duplicate key'), null],
  ['another refusal', Object.assign(new Error(' index: _id_ dup key'), { code: 13 }), undefined],
])('knows which index a duplicate is in by %s', (_name, error, index) => {
  expect(duplicateIn(error)).toBe(index)
})

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
    ['was not done where an index refused it', bulk({ message: '', writeErrors: [{ index: 1, code: 11000 }] }), [1]],
    ['was not done if the server refused all', bulk(new MongoServerError({ ok: 0, code: 13 })), [0, 1]],
    ['was not done if the client could not make a command of it', new MongoInvalidArgumentError('too large'), [0, 1]],
  ])('%s', (_name, error, indexes) => {
    expect(undone(error)).toEqual(indexes)
  })

  it('is sent again if the server is not the primary', () => {
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

  it('may be undone if the write concern was not met, whatever else', () => {
    const unmet = { ...result, getWriteConcernError: () => ({ code: 64 }) }
    const error = new MongoBulkWriteError(
      { message: '', writeErrors: [{ index: 1, code: 11000 }] } as never,
      unmet as never,
    )
    expect(undone(error)).toBe('unknown')
  })

  it('may have been done in part if the server refused the rest', () => {
    const partly = { ...result, insertedCount: 1 }
    const error = new MongoBulkWriteError(new MongoServerError({ ok: 0, code: 13 }) as never, partly as never)
    expect(undone(error)).toBe('unknown')
  })
})
