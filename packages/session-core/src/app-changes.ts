import { Deadlines } from '@sessionbank/databank-kit'
import { SlowChangeError } from './errors.ts'
import { ThrownByApp } from './explain-bank-error.ts'
import { isObject } from './session-record.ts'
import type { SessionData } from './to-session.ts'

/** Calls the functions that an app passes to `update`, with a timeout and errors of their own. */
export class AppChanges {
  /** Separate from the bank's deadlines, so that a slow function is not reported as a slow bank. */
  readonly #deadlines: Deadlines

  /** @param timeout how long a function may take, in ms */
  constructor(timeout: number) {
    this.#deadlines = new Deadlines(timeout)
  }

  /**
   * Calls the function. Returns the session that it returned or changed.
   *
   * @throws ThrownByApp with the error that the function throws
   * @throws SlowChangeError if it takes longer than the timeout
   */
  call(change: (session: SessionData) => unknown, session: SessionData): Promise<SessionData> {
    const tooSlow = () => new SlowChangeError(this.#deadlines.timeout)
    const called = async () => {
      try {
        const result = await change(session)
        // `(session) => session.n++` returns a number, but it has changed the session.
        return isObject(result) ? withCookieOf(session, result) : session
      } catch (thrown) {
        throw new ThrownByApp(thrown)
      }
    }
    return this.#deadlines.bound(called, { deadline: this.#deadlines.begin() }, tooSlow)
  }
}

/** Adds the session's cookie to a returned object without one. */
function withCookieOf(session: SessionData, changed: Record<string, unknown>): SessionData {
  return Object.hasOwn(changed, 'cookie') ? (changed as SessionData) : { ...changed, cookie: session.cookie }
}
