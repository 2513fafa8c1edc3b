import { nameAndCode } from '@sessionbank/databank-kit'
import { hasExpiry, type SessionCookie } from './cookie.ts'
import { InvalidOptionError } from './errors.ts'
import type { StoreOptions } from './options.ts'
import { type DataText, dataIn, type SessionRecord } from './session-record.ts'
import { type Snapshot, sessionIn } from './snapshot.ts'
import type { SessionData } from './to-session.ts'

/** The option `ttl`. */
export interface TtlSetting {
  ttl: NonNullable<StoreOptions['ttl']>
}

/** Settings with the `ttl` that applies to one session. */
export type OfOneSession<Settings extends TtlSetting> = Settings & { ttl: number | false }

/**
 * Returns the settings with the `ttl` of a session as it is about to be stored. A function is called only if the cookie
 * has no expiry, because otherwise `ttl` has no effect.
 *
 * @param data returns the app's keys
 * @throws InvalidOptionError if the function throws or returns an invalid value
 */
export function settingsOf<Settings extends TtlSetting>(
  settings: Settings,
  cookie: SessionCookie,
  data: () => DataText,
): OfOneSession<Settings> {
  const { ttl } = settings
  if (typeof ttl !== 'function') return settings as OfOneSession<Settings>
  return { ...settings, ttl: hasExpiry(cookie) ? false : asked(ttl, { data: data(), cookie }) }
}

/** Returns the `ttl` of a session as it is stored; null if a function throws or returns an invalid value. */
export function storedTtl({ ttl }: TtlSetting, record: SessionRecord): number | false | null {
  if (typeof ttl !== 'function') return ttl
  try {
    return asked(ttl, { data: dataIn(record), cookie: record.cookie })
  } catch {
    return null
  }
}

/** Calls the function with a copy of the session, so that its changes have no effect. */
function asked(ttl: (session: SessionData) => unknown, { data, cookie }: Snapshot): number | false {
  const answer = answerOf(ttl, sessionIn({ data, cookie: { ...cookie } }) as SessionData)
  if (answer === false || isPositive(answer)) return answer
  throw new InvalidOptionError(
    `the function of the option "ttl" must return a number of ms above 0, or false, but returned ${kindOf(answer)}: nothing was written`,
  )
}

function answerOf(ttl: (session: SessionData) => unknown, session: SessionData): unknown {
  try {
    return ttl(session)
  } catch (error) {
    throw new InvalidOptionError(
      `the function of the option "ttl" threw ${nameAndCode(error)}: nothing was written`,
      error,
    )
  }
}

export function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

/** Describes a returned value without quoting it, because it may be part of the session. */
function kindOf(answer: unknown): string {
  if (answer instanceof Promise) {
    // An unhandled rejection would end the process.
    answer.catch(() => {})
    return 'a promise (it must not be async)'
  }
  if (typeof answer !== 'number') return answer === null ? 'null' : typeof answer
  return Number.isFinite(answer) ? 'a number that is not above 0' : String(answer)
}
