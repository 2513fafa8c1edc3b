import {
  AmbiguousTimeoutError,
  DurabilityAmbiguousError,
  DurabilityImpossibleError,
  RequestCanceledError,
  UnambiguousTimeoutError,
} from 'couchbase'
import { lostAnswer } from '../src/failures.ts'

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

it('shows nothing of what the client was told', () => {
  const context = { statement: 'SELECT', parameters: 's3cret' }
  const error = lostAnswer({ cause: new RequestCanceledError(new Error('s3cret'), context as never), sent: true }, 5)
  expect(JSON.stringify([error.message, error.cause, Object.values(error)])).not.toContain('s3cret')
})
