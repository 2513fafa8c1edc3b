import { Deadlines } from '@sessionbank/databank-kit'
import { SlowChangeError } from './errors.ts'
import { ThrownByApp } from './explain-bank-error.ts'
import { isObject } from './session-record.ts'
import type { SessionData } from './to-session.ts'

/** Calls the functions that the app gives to `update`, whose errors and whose time are its own. */
export class AppChanges {
  /** Beside those of the bank, so that a slow function is not reported as a slow bank. */
  readonly #deadlines: Deadlines

  /** @param timeout how long a function may take, in ms */
  constructor(timeout: number) {
    this.#deadlines = new Deadlines(timeout)
  }

  /**
   * Returns the session that the function wants.
   *
   * @throws ThrownByApp with what the function throws
   * @throws SlowChangeError if it takes too long
   */
  call(change: (session: SessionData) => unknown, session: SessionData): Promise<SessionData> {
    const tooSlow = () => new SlowChangeError(this.#deadlines.timeout)
    const called = async () => {
      try {
        const result = await change(session)
        // `(session) => session.n++` returns a number, and has changed the session all the same.
        return isObject(result) ? withCookieOf(session, result) : session
      } catch (thrown) {
        throw new ThrownByApp(thrown)
      }
    }
    return this.#deadlines.bound(called, { deadline: this.#deadlines.begin() }, tooSlow)
  }
}

/** Gives a session that the app's function returned without its cookie the one that it had. */
function withCookieOf(session: SessionData, changed: Record<string, unknown>): SessionData {
  return Object.hasOwn(changed, 'cookie') ? (changed as SessionData) : { ...changed, cookie: session.cookie }
}
