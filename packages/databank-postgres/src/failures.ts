import { codeOf, type Failure, isNotUp, nameAndCode, safeCause, systemAdvice } from '@sessionbank/databank-kit'

/** An error of this driver itself: its message holds no value, and may be shown. */
export class ExchangeError extends Error {}

/** The errors with which a pool gave no connection. */
const beforeSending = new WeakSet<Error>()

/** Returns the error with which a pool gave no connection, marked: nothing was sent. */
export function unsent(error: unknown): Error {
  const isObject = typeof error === 'object' && error !== null
  const marked = isObject ? (error as Error) : new ExchangeError('the pool gave none')
  beforeSending.add(marked)
  return marked
}

/**
 * SQLSTATEs with which the server ends a connection, or does not know itself what became of a statement; and codes of the
 * system that look like one, such as EPIPE.
 */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX|E[A-Z]+$)/

/** Serialization failure and deadlock: the statement was rolled back to let another one through. */
const MADE_WAY = /^(40001|40P01)$/

/** What the server tells of a refusal besides values: names of its schema, and places in its code. */
export const SAFE_FIELDS = 'severity schema table column dataType constraint position routine file line'.split(' ')

/** Places in the code alone. */
const PLACES = 'severity position routine file line'.split(' ')

/** The server's own code that checks records. A trigger may raise an error with any text as the name of a constraint. */
const OWN_CHECKS = /^(exec\w*|nbtinsert|ri_triggers|domains)\.c$/

function isOwnCheck(error: unknown): boolean {
  const { file } = error as { file?: unknown }
  return typeof file === 'string' && OWN_CHECKS.test(file)
}

const POOL_TIMEOUT = /timeout ex(ceeded|pired)|connection timeout/

/** What to check, by SQLSTATE; by what pg and PgBouncer say where that has no code of its own; or by the code of TLS. */
const ADVICE: [RegExp, string][] = [
  [/^23/, 'a constraint of the table refuses the record'],
  [/^25006/, 'this server is read-only (a standby?); connect to the primary'],
  [/^(26000|42P05)/, 'a prepared statement is gone, or there twice: behind PgBouncer, set `prepare: false`'],
  [/^28000 .*client certificate/, 'it wants a client certificate: give `sslcert` and `sslkey` in `url`, or `tls`'],
  [
    /^28000 .*no encryption/,
    'it refuses this user without TLS (or at all): try `sslmode=verify-full`, check its pg_hba.conf',
  ],
  [/^28|auth\w* failed|no such user/i, 'it refused the user: check user and password, and the server’s pg_hba.conf'],
  [/^3D000|database ".*" does not exist|no such database/, 'there is no such database: check its name, or create it'],
  [/^3F000/, 'there is no such schema: create it, or check `table`'],
  [/^42501/, 'the user lacks SELECT, INSERT, UPDATE and DELETE on the table, or the right to make it'],
  [/^42P01/, 'the table is not there: run the statements of `tableDdl()`, or connect with `createTable: true`'],
  [/^42P07/, 'the name of the table or of one of its indexes is taken: choose another `table`'],
  [/^(22|42)/, 'the table is not of the form that this driver makes: see `tableDdl()`, or choose another `table`'],
  [/^53100/, 'the disk of the server is full'],
  [/^53300|no more connections allowed/, 'it has no connection left: lower `max`, or raise its max_connections'],
  [/^54/, 'the record is beyond a limit of the server'],
  [/^55P03/, 'another transaction has had the record locked for too long'],
  [/^57P03/, 'it is starting up or shutting down: try again'],
  [/^ENOENT/, 'the socket that `url` names is not there: check the host'],
  [/^ERR_INVALID_URL/, '`url` is not a URL: check host and port, and percent-encode user and password'],
  [/URI malformed/, '`url` has a % that stands for nothing: percent-encode user, password and database'],
  [/client password must be/, 'it asks for a password, and there is none: check user and password'],
  [
    /support SSL|an SSL connection/,
    'it does not speak TLS: set up TLS on the server, or open it without (`sslmode=disable`)',
  ],
  [/Cannot use a pool after/, 'the pool has been ended: hand in one that is open'],
  [POOL_TIMEOUT, 'the pool gave no connection in its own time: check host and port'],
  [
    /^ECONNRESET|Connection terminated/,
    'it closed the connection: check that it is PostgreSQL, and whether it wants TLS (`sslmode`) or a client certificate',
  ],
]

/** Returns whether the server itself answered, and rolled the transaction back. */
export function isRolledBack(error: unknown): boolean {
  const code = String(codeOf(error))
  return /^[0-9A-Z]{5}$/.test(code) && !CONNECTION_LOST.test(code)
}

/** Returns whether a pool gave no connection within its own time. */
export function isPoolTimeout(error: Error | undefined): boolean {
  return error !== undefined && POOL_TIMEOUT.test(error.message)
}

/** Says how a call failed. No message of the server passes: it may quote ids and contents. */
export function failureOf(error: unknown): Failure {
  const cause = safeCause(error, ...(isOwnCheck(error) ? SAFE_FIELDS : PLACES))
  const advice = adviceOn(error)
  if (isRolledBack(error)) {
    const code = String(codeOf(error))
    const why = advice ?? 'see its log for the reason'
    const message = `PostgreSQL refused the statement: ${why} (SQLSTATE ${code}${placeOf(error)})`
    return { outcome: 'refused', message, isTransient: MADE_WAY.test(code), cause }
  }
  const why = advice ?? `${nameAndCode(error)}, check that it runs`
  if (beforeSending.has(error as Error)) {
    return { outcome: 'unsent', message: `there is no connection to PostgreSQL (${why}): nothing was sent`, cause }
  }
  const message = `there is no answer from PostgreSQL (${why}): read before you repeat a write`
  return { outcome: 'unknown', message, cause }
}

/** Returns what to check, by SQLSTATE, by what pg says, or by the code of the system; undefined if nothing is known. */
export function adviceOn(error: unknown): string | undefined {
  const { message = '' } = error as Partial<Error>
  if (error instanceof ExchangeError) return message
  const code = codeOf(error) ?? ''
  // The text of a refused login quotes user and database, but no record.
  const said = isRolledBack(error) && code !== '28000' ? code : `${code} ${message}`
  return ADVICE.find(([pattern]) => pattern.test(String(said)))?.[1] ?? systemAdvice(code)
}

/** Returns which constraint or column of the table it was, if the server says so. */
function placeOf(error: unknown): string {
  if (!isOwnCheck(error)) return ''
  const { constraint, column } = error as { constraint?: unknown; column?: unknown }
  if (typeof constraint === 'string') return `, constraint "${constraint}"`
  return typeof column === 'string' ? `, column "${column}"` : ''
}

/** PostgreSQL starts up or shuts down; or PgBouncer, which has no code of its own for it, has no server behind it. */
const STARTING = /^57P0[1-3]|server login has been failing|cannot connect to server|server conn crashed|connect failed/

/** Returns whether the server may only not be up yet. A connection that it closes may be that of a proxy before it. */
export function isStarting(error: unknown): boolean {
  const { message = '' } = error as Partial<Error>
  const code = codeOf(error) ?? ''
  // A socket in the file system comes with the server; certificates have been read before.
  if (isNotUp(code) || code === 'ENOENT') return true
  return (
    STARTING.test(`${code} ${message}`.trim()) || POOL_TIMEOUT.test(message) || /^Connection terminated/.test(message)
  )
}
