import { unknownName } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'
import type { Logger } from './log.ts'
import type { EncryptionOptions } from './seal.ts'
import type { HashIds } from './stored-ids.ts'
import type { AnyData, SessionData } from './to-session.ts'
import { isPositive } from './ttl.ts'

/** Options of a store. All times are in ms. `Data` is the type of the app's own keys in a session. */
export interface StoreOptions<Data extends object = AnyData> {
  /** The databank type ("table"). Default: `"session"`. */
  type?: string
  /**
   * Life of a session whose cookie has no expiry, from its last save or touch; `false`: unlimited. Or a function that
   * returns it for a session as it is about to be stored. One save may call the function more than once. If a save or
   * update changes the returned value, the session ends that many ms from now, even if that is earlier than before. If
   * the function throws or returns anything else, that save or touch fails with an InvalidOptionError and nothing is
   * written. Default: 1 day.
   *
   * @example
   * ```ts
   * const sessions = new SessionStore(bank, {
   *   ttl: (session) => (session.user?.isAdmin ? 900_000 : 86_400_000), // 15 minutes, or a day
   * })
   * ```
   */
  ttl?: number | false | ((session: SessionData<NoInfer<Data>>) => number | false)
  /** Time from creation to the end of a session, which touches do not extend; `false`: unlimited. Default: `false`. */
  maxLifetime?: number | false
  /**
   * Smallest change in expiry for which a touch is written; `Infinity`: no touch is written. Default: 1 % of the life,
   * at most 1 minute; 0 if the life is under 10 minutes.
   */
  touchAfter?: number
  /** Interval at which expired sessions are removed; `false`: no timer, call `cleanup()`. Default: 10 minutes. */
  cleanupInterval?: number | false
  /**
   * What happens if two requests change one session: their keys are merged, or the last save wins. Default: `"merge"`.
   */
  onConflict?: 'merge' | 'overwrite'
  /** How long an operation waits for the bank's answer before it fails. Default: 5,000. */
  timeout?: number
  /** Maximum size of a session, in bytes of JSON. Default: 1 MiB. */
  maxBytes?: number
  /**
   * True if the bank holds a digest of each session id instead of the id, so that a copy of the bank gives access to no
   * session. `'migrate'`: existing sessions keep their ids until they end. Default: `false`.
   */
  hashIds?: HashIds
  /** Encrypts the content of sessions; see {@link EncryptionOptions}. Default: none. */
  encryption?: EncryptionOptions | null
  /** A bunyan or pino logger. It gets no ids and contents unless `logContents` is set. Default: none. */
  log?: Logger | null
  /** True if the log and the events contain contents and, unless `hashIds` is set, session ids. Default: `false`. */
  logContents?: boolean
}

export type Settings = Required<Omit<StoreOptions, 'encryption' | 'log' | 'touchAfter'>> & {
  encryption: EncryptionOptions | null
  log: Logger | null
  /** null: depends on the life of the session. */
  touchAfter: number | null
}

const DEFAULTS: Settings = {
  type: 'session',
  ttl: 86_400_000,
  maxLifetime: false,
  touchAfter: null,
  cleanupInterval: 600_000,
  onConflict: 'merge',
  timeout: 5_000,
  maxBytes: 1_048_576,
  hashIds: false,
  encryption: null,
  log: null,
  logContents: false,
}

const TIMER_LIMIT = 2 ** 31 - 1

/** The rule of each option, which completes the sentence "option x must be …". */
const RULES: Record<keyof Settings, { rule: string; holds(value: unknown): boolean }> = {
  type: {
    rule: 'a non-empty string that is not a name on Object.prototype',
    holds: (value) => typeof value === 'string' && value !== '' && !(value in Object.prototype),
  },
  ttl: {
    rule: 'a number of ms above 0, false, or a function of a session that returns either',
    holds: (value) => value === false || typeof value === 'function' || isPositive(value),
  },
  maxLifetime: { rule: 'a number of ms above 0, or false', holds: (value) => value === false || isPositive(value) },
  touchAfter: {
    rule: 'a number of ms, 0 or above, or Infinity',
    holds: (value) => value === 0 || value === Number.POSITIVE_INFINITY || isPositive(value),
  },
  cleanupInterval: {
    rule: `a number of ms from 1 to ${TIMER_LIMIT}, or false`,
    holds: (value) => value === false || (isPositive(value) && value >= 1 && value <= TIMER_LIMIT),
  },
  onConflict: { rule: '"merge" or "overwrite"', holds: (value) => value === 'merge' || value === 'overwrite' },
  timeout: {
    rule: `a number of ms from 1 to ${TIMER_LIMIT}`,
    holds: (value) => isPositive(value) && value >= 1 && value <= TIMER_LIMIT,
  },
  maxBytes: { rule: 'a number of bytes above 0', holds: (value) => isPositive(value) },
  hashIds: {
    rule: 'true, false or "migrate"',
    holds: (value) => typeof value === 'boolean' || value === 'migrate',
  },
  encryption: {
    rule: 'an object with a list of keys, such as {keys: [process.env.SESSION_KEY]}',
    holds: (value) => value === null || (typeof value === 'object' && !Array.isArray(value)),
  },
  log: { rule: 'a bunyan or pino logger', holds: (value) => value === null || isLogger(value) },
  logContents: { rule: 'true or false', holds: (value) => typeof value === 'boolean' },
}

/** @throws InvalidOptionError naming the option that is unknown or out of range */
export function settingsFrom(options: StoreOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(
      `the options of a store must be an object, not ${options === null ? 'null' : typeof options}`,
    )
  }
  if (Object.hasOwn(options, 'concurrency')) {
    throw new InvalidOptionError('unknown option "concurrency": use "onConflict", with "overwrite" for "last-write"')
  }
  checkOptionNames(options, Object.keys(RULES))
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const { rule, holds } = RULES[name as keyof Settings]
    if (!holds(value)) throw new InvalidOptionError(`option "${name}" must be ${rule}`)
    Object.assign(settings, { [name]: value })
  }
  return settings
}

/** @throws InvalidOptionError naming the first unknown option, and the known one that may be meant */
export function checkOptionNames(options: object, known: readonly string[]): void {
  const unknown = unknownName(options, known)
  if (unknown !== null) throw new InvalidOptionError(`unknown option ${unknown}`)
}

export function isLogger(value: unknown): value is Logger {
  return typeof value === 'object' && value !== null && typeof (value as Logger).debug === 'function'
}
