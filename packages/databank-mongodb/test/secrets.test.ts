import { type Failure, OperationError } from '@sessionbank/databank-kit'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { describeWith, mongodb, mostListeners } from '@sessionbank/test-servers'
import { MongoClient, MongoServerError } from 'mongodb'
import { failureOf, indexError } from '../src/failures.ts'
import { connected, disconnected } from './connected.ts'

const ID = 'canary-id'
const CONTENT = 'canary-content'
const JSON_TEXT = JSON.stringify({ word: CONTENT })

describeWith(mongodb, (server) => {
  it('the error of a record refused by a unique index shows no id and no content', async () => {
    const app = await new MongoClient(server().url).connect()
    await app.db().collection('quoting').createIndex({ 'value.word': 1 }, { unique: true })
    const bank = await connected({ url: server().url })
    const records = bank.records('quoting')
    await records.write('first', JSON_TEXT, { expires: null })
    for (const ifRevision of [undefined, null]) {
      const options = { expires: null, ...(ifRevision === null && { ifRevision }) }
      const refused = await records.write(ID, JSON_TEXT, options).catch((error) => error)
      expect(refused).toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringContaining('a unique index refuses the record (11000'),
        cause: { code: 11000 },
      })
      assertHides(refused, ID, CONTENT)
    }
    await disconnected(bank)
    await app.close()
  })

  it('one client serves eleven banks without a warning about too many listeners', async () => {
    const client = await new MongoClient(server().url).connect()
    const most = mostListeners(client)
    const banks = await Promise.all(Array.from({ length: 11 }, () => connected({ client })))
    await Promise.all(banks.map((bank) => bank.records('session').read('nobody')))
    await Promise.all(banks.map(disconnected))
    expect(most()).toBeLessThanOrEqual(10)
    await client.close()
  })
})

function errorOf({ message, cause }: Failure): Error {
  return new OperationError(message, cause)
}

const quoting = new MongoServerError({
  message: `not ${CONTENT}`,
  errmsg: `not ${CONTENT}`,
  code: 13,
  codeName: 'Unauthorized',
  keyValue: { _id: ID },
  errInfo: { failingDocumentId: ID, details: { consideredValue: CONTENT } },
  writeErrors: [{ errmsg: CONTENT, op: { _id: ID } }],
})

it.each([
  () => errorOf(failureOf(quoting, false)),
  () => errorOf(failureOf(quoting, true)),
  () => indexError(quoting) as Error,
])('only the codes of a server error are shown (%#)', (toFailure) => {
  const failure = toFailure()
  expect(failure.cause).toMatchObject({ name: 'MongoServerError', code: 13, codeName: 'Unauthorized' })
  assertHides(failure, ID, CONTENT)
})

it('the error of a refusal contains its code', () => {
  expect(failureOf(quoting, false)).toMatchObject({
    outcome: 'refused',
    message: expect.stringContaining('(13 Unauthorized)'),
  })
})

it('the error of a forbidden index says how to continue without it', () => {
  expect((indexError(quoting) as Error).message).toMatch(
    /refused to create an index: the user may not create indexes.*`createIndexes: false`/,
  )
})
