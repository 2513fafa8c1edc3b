import type { Call } from './call.ts'
import { Calls } from './calls.ts'
import { performance } from './clock.ts'
import { BankError, BankTimeoutError, ConnectError } from './errors.ts'
import type { CallsOptions } from './failure.ts'
import { codeOf, nameAndCode, safeCause } from './safe-cause.ts'
import { isNotUp, systemAdvice } from './system-advice.ts'

/** How a bank is opened, and how a failure is reported; with the options of its calls. */
export interface Opening<T> extends CallsOptions {
  /** Connects and checks the database. Called again if `failureOf` returns a transient failure. */
  open(call: Call): Promise<T>
  /** Closes everything that is open after a failure. Called again if `open` ends after its deadline. */
  close(): Promise<unknown> | undefined
  /** Returns the server's name for messages, such as `PostgreSQL at localhost:5432`; never a part of a password. */
  server(): string
  /**
   * Returns what to check, which completes the sentence "cannot open X: …"; null if there was no answer in time.
   * Default, and if it returns undefined: advice on the system's error code, or the error's name and code.
   */
  adviceOn?(error: unknown): string | null | undefined
  /**
   * Returns whether the database may just not be up yet, so that a retry may help. Default, and if it returns
   * undefined: depends on the system's error code. A missing answer is always transient.
   */
  isTransient?(error: unknown): boolean | undefined
  /** Fields of the client's errors that contain no value, as for `safeCause`. */
  safeFields?: string[]
}

/**
 * Opens a bank within the time of one call. Does not count as a call of the bank, so `close` does not wait for it.
 *
 * @throws ConnectError, whose message says what to check; a BankError of `open` unchanged. Nothing is left open
 */
export async function openWithin<T>(opening: Opening<T>): Promise<T> {
  const began = performance.now()
  let failure: unknown
  const underWay = new Set<Promise<T>>()
  const open = (call: Call) => {
    const attempt = opening.open(call)
    underWay.add(attempt)
    attempt.catch((error) => {
      failure = error
      underWay.delete(attempt)
    })
    return attempt
  }
  try {
    return await new Calls(opening).read(open)
  } catch (error) {
    const waited = Math.min(Math.round(performance.now() - began), opening.timeout)
    const reason = error instanceof BankTimeoutError ? error : failure
    for (const late of underWay) late.finally(() => opening.close()).catch(() => {})
    await opening.close()
    throw connectError(reason, waited, opening)
  }
}

function connectError(error: unknown, waited: number, opening: Opening<unknown>) {
  const { server, adviceOn, safeFields = [] } = opening
  const isLate = error instanceof BankTimeoutError
  if (error instanceof BankError && !isLate) return error
  const advice = isLate ? null : adviceOn?.(error)
  const cause = isLate ? undefined : safeCause(error, ...safeFields)
  if (advice === null) {
    const message = `no answer from ${server()} within ${waited} ms: check host, port and TLS, and that it is up`
    return new ConnectError(message, cause, { isTransient: true })
  }
  const why = advice ?? systemAdvice(codeOf(error)) ?? `${nameAndCode(error)}: check \`url\` and the server’s log`
  const isTransient = opening.isTransient?.(error) ?? isNotUp(codeOf(error))
  return new ConnectError(`cannot open ${server()}: ${why}`, cause, { isTransient })
}
