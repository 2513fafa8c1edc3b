import { assertHides } from '@sessionbank/databank-kit/conformance'
import {
  AmbiguousTimeoutError,
  DurabilityAmbiguousError,
  DurabilityImpossibleError,
  ParsingFailureError,
  RequestCanceledError,
  UnambiguousTimeoutError,
} from 'couchbase'
import { indexRefusal, lostAnswer, refusal } from '../src/failures.ts'

it.each([
  ['whose answer was too late', new AmbiguousTimeoutError()],
  ['whose connection was lost', new RequestCanceledError()],
  ['that did not become durable in time', new DurabilityAmbiguousError()],
  ['whose time was up', undefined],
])('does not know the outcome of a write %s, once it was sent', (_name, cause) => {
  expect(lostAnswer({ cause, sent: true }, 5)).toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
  expect(lostAnswer({ cause, sent: false }, 5)).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
})

it.each([
  ['never left the client', new UnambiguousTimeoutError()],
  ['asked for more nodes than there are', new DurabilityImpossibleError()],
])('knows that a write was not done that %s', (_name, cause) => {
  expect(lostAnswer({ cause, sent: true }, 5)).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
})

it.each([lostAnswer, refusal, indexRefusal])('shows nothing of what the client was told (%p)', (toError) => {
  const context = { statement: 'SELECT', parameters: 's3cret', key: 's3cret' }
  const cause = new RequestCanceledError(new Error('s3cret'), context as never)
  const error = toError({ cause, sent: true }, 5)
  expect(error.cause).toMatchObject({ name: 'RequestCanceledError' })
  assertHides(error, 's3cret')
})

it('says that an index was not made, and how to go on without', () => {
  expect(indexRefusal({ cause: new ParsingFailureError(), sent: false }, 5).message).toMatch(
    /did not make an index: .*`createIndexes: false`/,
  )
})
