import {
  BankError,
  BankTimeoutError,
  ConnectError,
  codeOf,
  type Failure,
  nameAndCode,
  safeCause,
  systemAdvice,
} from '@sessionbank/databank-kit'

/** What this driver says by itself: its message holds no value, and may be shown. */
export class ExchangeError extends Error {}

/** SQLSTATEs with which the server ends a connection, or does not know itself what became of a statement. */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX)/

/** Serialization failure and deadlock: the statement was rolled back to let another one through. */
const MADE_WAY = /^(40001|40P01)$/

/** What the server tells of a refusal besides values: names of its schema, and places in its code. */
const SAFE_FIELDS = 'severity schema table column dataType constraint position routine file line'.split(' ')

const NOT_THE_FORM = 'the table is not of the form that this driver makes; see `tableDdl()`, or choose another `table`'
const POOLED = 'a prepared statement is gone or was there: behind PgBouncer in transaction mode, set `prepare: false`'
const REFUSED_USER = 'it refused the user or the password: check user and password, and the server’s pg_hba.conf'
const NO_DATABASE = 'there is no such database: check its name, or create it'
const NONE_LEFT = 'it has no connection left: lower `max`, or raise its max_connections'
const CLOSED = 'it closed the connection: check that it is PostgreSQL and runs, and whether it wants TLS (`sslmode`)'
const UNTRUSTED = 'its certificate is not trusted: name its authority with `sslrootcert` in `url`'

/** What to check, by SQLSTATE, by its class (the first two characters), or by the code of the system. */
const ADVICE: Record<string, string> = {
  '22': NOT_THE_FORM,
  '23': 'a constraint of the table refuses the record',
  '28': REFUSED_USER,
  '42': NOT_THE_FORM,
  '54': 'the record is beyond a limit of the server',
  '25006': 'this server is read-only (a standby?); connect to the primary',
  '26000': POOLED,
  '3D000': NO_DATABASE,
  '3F000': 'there is no such schema: create it, or check `table`',
  '42501': 'the user needs SELECT, INSERT, UPDATE and DELETE on the table, and the right to make it if there is none',
  '42P01': 'the table is not there: run the statements of `tableDdl()`, or connect with `createTable: true`',
  '42P05': POOLED,
  '42P07': 'the name of the table or of one of its indexes is taken: choose another `table`',
  '53100': 'the disk of the server is full',
  '53300': NONE_LEFT,
  '55P03': 'another transaction has had the record locked for too long',
  '57P03': 'it is starting up or shutting down: try again',
  ECONNRESET: CLOSED,
  ENOENT: 'a file or socket that `url` names is not there: check `sslcert`, `sslkey`, `sslrootcert` and the host',
  ERR_INVALID_URL: '`url` is not a URL: check host and port, and percent-encode user and password',
}

/** What has no code of its own: pg has none, and PgBouncer says all of it with 08P01. */
const ADVICE_BY_MESSAGE: [RegExp, string][] = [
  [/client password must be/, 'it asks for a password, and there is none: check user and password'],
  [/auth\w* failed|no such user/i, REFUSED_USER],
  [/^(database ".*" does not exist|no such database)/, NO_DATABASE],
  [/^no more connections allowed/, NONE_LEFT],
  [/support SSL|an SSL connection/, 'it does not speak TLS: take `sslmode` out of `url`, or set up TLS on the server'],
  [/self.signed certificate|unable to (verify|get)/, UNTRUSTED],
  [/^Cannot use a pool after/, 'the pool has been ended: hand in one that is open'],
  [/^URI malformed/, '`url` has a % that stands for nothing: percent-encode user, password and database'],
  [/^(timeout e|.* connection timeout$)/, 'the pool gave no connection in its own time: check host and port'],
  [/^Connection terminated/, CLOSED],
]

/** Returns whether the server itself answered, and rolled the transaction back. */
export function isRolledBack(error: unknown): boolean {
  const code = String(codeOf(error))
  return /^[0-9A-Z]{5}$/.test(code) && !CONNECTION_LOST.test(code)
}

/** Says how a call failed. No message of the server passes: it may quote ids and contents. */
export function failureOf(error: unknown): Failure {
  const cause = safeCause(error, ...SAFE_FIELDS)
  const advice = adviceOn(error)
  if (isRolledBack(error)) {
    const code = String(codeOf(error))
    const why = advice ?? 'see its log for the reason'
    const message = `PostgreSQL refused the statement: ${why} (SQLSTATE ${code}${placeOf(error)})`
    return { outcome: 'refused', message, isTransient: MADE_WAY.test(code), cause }
  }
  const why = advice ?? `${nameAndCode(error)}, check that it runs`
  const message = `there is no answer from PostgreSQL (${why}): read before you repeat a write`
  return { outcome: 'unknown', message, cause }
}

/**
 * Returns what the app gets for a failure at connecting.
 *
 * @param server how the message names it
 */
export function connectError(error: unknown, server: string, timeout: number): Error {
  if (error instanceof BankTimeoutError) {
    return new ConnectError(`no answer from ${server} within ${timeout} ms: check host and port, and that it is up`)
  }
  if (error instanceof BankError) return error
  const advice = adviceOn(error) ?? `${nameAndCode(error)}: check \`url\` and the server’s log`
  return new ConnectError(`cannot open ${server}: ${advice}`, safeCause(error, ...SAFE_FIELDS))
}

function adviceOn(error: unknown): string | undefined {
  const { message = '' } = error as Partial<Error>
  if (error instanceof ExchangeError) return message
  const code = String(codeOf(error))
  const advice = ADVICE[code] ?? ADVICE[code.slice(0, 2)] ?? systemAdvice(code)
  if (advice !== undefined || isRolledBack(error)) return advice
  return ADVICE_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
}

/** Returns which constraint or column of the table it was, if the server says so. */
function placeOf(error: unknown): string {
  const { constraint, column } = error as { constraint?: unknown; column?: unknown }
  if (typeof constraint === 'string') return `, constraint "${constraint}"`
  return typeof column === 'string' ? `, column "${column}"` : ''
}
