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
 * Turns a bank's error into the one that the app gets: with a code of ours, never one like ENOENT, which Express and
 * Fastify take for "no session". Drivers of ours show neither ids nor contents; what another says may quote both, so that
 * only the class and the code of its error are shown.
 */
export function explainBankError(error: unknown): Error {
  if (error instanceof SessionbankError) return error
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (name === 'NotConnectedError') return new BankNotConnectedError()
  // Databank's errors say the id, also those with a code of ours.
  const isOurs = typeof code === 'string' && code.startsWith('SESSIONBANK_') && !(error instanceof DatabankError)
  if (isOurs) return error as Error
  const advice = 'see its own log, as what it says may quote a session and is not shown'
  return new OperationError(`the bank failed with ${nameAndCode(error)}: ${advice}`, safeCause(error))
}

/** What a function of the app threw. It is no error of the bank, and its caller gets it as it is. */
export class ThrownByApp {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    this.thrown = thrown
  }
}

/** Returns what the caller of an operation gets for what was thrown in it. */
export function explainFailure(error: unknown): unknown {
  return error instanceof ThrownByApp ? error.thrown : explainBankError(error)
}

/** Returns what is reported when operations no longer wait for a write before them. */
export function abandonedWrite(): Error {
  return new UnknownOutcomeError(
    'the bank has not answered a write for ten timeouts: later operations on that session no longer wait for it, and it ' +
      'may undo them if it is carried out after all',
  )
}

/** Returns the answer of a bank, with its errors explained. */
export function explained<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(rejectExplained)
}

/** @throws the explained error of a bank */
export function rejectExplained(error: unknown): never {
  throw explainBankError(error)
}

/** Returns the items of a bank's stream, with its errors explained. */
export async function* explainedStream<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    throw explainBankError(error)
  }
}
