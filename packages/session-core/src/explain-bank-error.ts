import {
  DatabankError,
  nameAndCode,
  OperationError,
  SessionbankError,
  safeCause,
  UnknownOutcomeError,
} from '@sessionbank/databank-kit'
import { BankNotConnectedError } from './errors.ts'

/**
 * Converts a bank's error into the one that the app gets, with a code of this project. (Express and Fastify take a code
 * such as ENOENT for "no session".) The errors of this project's drivers contain neither ids nor contents, but the
 * message of another driver may quote both, so only the class and the code of its error are shown.
 */
export function explainBankError(error: unknown): Error {
  if (error instanceof SessionbankError) return error
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (name === 'NotConnectedError') return new BankNotConnectedError()
  // Databank's errors contain the id, even if they have a code of this project.
  const isOurs = typeof code === 'string' && code.startsWith('SESSIONBANK_') && !(error instanceof DatabankError)
  if (isOurs) return error as Error
  const advice = 'see the log of the database. The message of the error is not shown, because it may quote a session'
  return new OperationError(`the bank failed with ${nameAndCode(error)}: ${advice}`, safeCause(error))
}

/** Wraps an error that a function of the app threw: not an error of the bank, so the caller gets it unchanged. */
export class ThrownByApp {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    this.thrown = thrown
  }
}

/** Returns the error that the caller of an operation gets. */
export function explainFailure(error: unknown): unknown {
  return error instanceof ThrownByApp ? error.thrown : explainBankError(error)
}

/** Returns the error that is reported when later operations stop waiting for a write. */
export function abandonedWrite(): Error {
  return new UnknownOutcomeError(
    'the bank has not answered a write for ten timeouts: later operations on that session no longer wait for it. If it ' +
      'is still carried out, it may undo them',
  )
}

/** Returns the promise with the bank's errors converted. */
export function explained<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(rejectExplained)
}

/** @throws the converted error of a bank */
export function rejectExplained(error: unknown): never {
  throw explainBankError(error)
}

/** Returns the items of a bank's stream, with the bank's errors converted. */
export async function* explainedStream<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    throw explainBankError(error)
  }
}
