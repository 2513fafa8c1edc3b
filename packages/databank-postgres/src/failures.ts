import { codeOf, type Failure, isNotUp, nameAndCode, safeCause, systemAdvice } from '@sessionbank/databank-kit'

/** An error of this driver itself. Its message contains no values and may be shown. */
export class ExchangeError extends Error {}

/** The errors of a pool that returned no connection. */
const beforeSending = new WeakSet<Error>()

/** Marks a pool's error, so that it counts as "nothing was sent". */
export function unsent(error: unknown): Error {
  const isObject = typeof error === 'object' && error !== null
  const marked = isObject ? (error as Error) : new ExchangeError('the pool returned none')
  beforeSending.add(marked)
  return marked
}

/**
 * SQLSTATEs with which the server closes a connection or reports an unknown outcome, and system codes that look like a
 * SQLSTATE, such as EPIPE.
 */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX|E[A-Z]+$)/

/** Serialization failure and deadlock: the statement was rolled back in favour of another transaction. */
const MADE_WAY = /^(40001|40P01)$/

/** Fields of a server error that contain no values: names of its schema, and positions in its source code. */
export const SAFE_FIELDS = 'severity schema table column dataType constraint position routine file line'.split(' ')

/** Positions in the source code only. */
const PLACES = 'severity position routine file line'.split(' ')

/** The server's own source files that check records. A trigger may put any text into the name of a constraint. */
const OWN_CHECKS = /^(exec\w*|nbtinsert|ri_triggers|domains)\.c$/

function isOwnCheck(error: unknown): boolean {
  const { file } = error as { file?: unknown }
  return typeof file === 'string' && OWN_CHECKS.test(file)
}

const POOL_TIMEOUT = /timeout ex(ceeded|pired)|connection timeout/

/** What to check, by SQLSTATE, by a message of pg or PgBouncer that has no code, or by a TLS error code. */
const ADVICE: [RegExp, string][] = [
  [/^23/, 'a constraint of the table refuses the record'],
  [/^25006/, 'this server is read-only (a standby?); connect to the primary'],
  [/^(26000|42P05)/, 'a prepared statement is missing or already exists: behind PgBouncer, set `prepare: false`'],
  [/^28000 .*client certificate/, 'it requires a client certificate: set `sslcert` and `sslkey` in `url`, or `tls`'],
  [
    /^28000 .*no encryption/,
    'it refuses this user without TLS, or at all: try `sslmode=verify-full`, or check its pg_hba.conf',
  ],
  [/^28|auth\w* failed|no such user/i, 'it refused the user: check user and password, and the server’s pg_hba.conf'],
  [/^3D000|database ".*" does not exist|no such database/, 'there is no such database: check its name, or create it'],
  [/^3F000/, 'there is no such schema: create it, or check `table`'],
  [
    /^42501/,
    'the user may not SELECT, INSERT, UPDATE and DELETE in the table, or not create it: grant these privileges',
  ],
  [/^42P01/, 'the table does not exist: run the statements of `tableDdl()`, or connect with `createTable: true`'],
  [/^42P07/, 'the name of the table or of one of its indexes is taken: choose another `table`'],
  [/^(22|42)/, 'the table does not have the columns of `tableDdl()`: correct it, or choose another `table`'],
  [/^53100/, 'the disk of the server is full: free space'],
  [/^53300|no more connections allowed/, 'it has no connection left: lower `max`, or raise its max_connections'],
  [/^54/, 'the record exceeds a limit of the server: make it smaller'],
  [/^55P03/, 'another transaction locked the record for too long: try again'],
  [/^57P03/, 'it is starting up or shutting down: try again'],
  [/^ENOENT/, 'the socket that `url` names does not exist: check the host'],
  [/^ERR_INVALID_URL/, '`url` is not a URL: check host and port, and percent-encode user and password'],
  [/URI malformed/, '`url` has an invalid %: percent-encode user, password and database'],
  [/client password must be/, 'it asks for a password, and none is set: check user and password'],
  [
    /support SSL|an SSL connection/,
    'it does not speak TLS: set up TLS on the server, or connect without it (`sslmode=disable`)',
  ],
  [/Cannot use a pool after/, 'the pool has been ended: pass an open one'],
  [POOL_TIMEOUT, 'the pool returned no connection within its own timeout: check host and port'],
  [
    /^ECONNRESET|Connection terminated/,
    'it closed the connection: check that it is PostgreSQL, and whether it requires TLS (`sslmode`) or a client certificate',
  ],
]

/** Returns true if the server itself answered and rolled the transaction back. */
export function isRolledBack(error: unknown): boolean {
  const code = String(codeOf(error))
  return /^[0-9A-Z]{5}$/.test(code) && !CONNECTION_LOST.test(code)
}

/** Returns true if a pool returned no connection within its own timeout. */
export function isPoolTimeout(error: Error | undefined): boolean {
  return error !== undefined && POOL_TIMEOUT.test(error.message)
}

/** Describes how a call failed. Never quotes the server, whose messages may contain ids and contents. */
export function failureOf(error: unknown): Failure {
  const cause = safeCause(error, ...(isOwnCheck(error) ? SAFE_FIELDS : PLACES))
  const advice = adviceOn(error)
  if (isRolledBack(error)) {
    const code = String(codeOf(error))
    const why = advice ?? 'see its log for the reason'
    const message = `PostgreSQL refused the statement: ${why} (SQLSTATE ${code}${placeOf(error)})`
    return { outcome: 'refused', message, isTransient: MADE_WAY.test(code), cause }
  }
  const why = advice ?? `${nameAndCode(error)}, check that it is running`
  if (beforeSending.has(error as Error)) {
    return { outcome: 'unsent', message: `there is no connection to PostgreSQL (${why}): nothing was sent`, cause }
  }
  const message = `there is no answer from PostgreSQL (${why}): read before you repeat a write`
  return { outcome: 'unknown', message, cause }
}

/** Returns what to check, by SQLSTATE, by pg's message or by the system's code; undefined if that is unknown. */
export function adviceOn(error: unknown): string | undefined {
  const { message = '' } = error as Partial<Error>
  if (error instanceof ExchangeError) return message
  const code = codeOf(error) ?? ''
  // The message of a refused login quotes user and database, but no record.
  const said = isRolledBack(error) && code !== '28000' ? code : `${code} ${message}`
  return ADVICE.find(([pattern]) => pattern.test(String(said)))?.[1] ?? systemAdvice(code)
}

/** Returns the constraint or column that the server reports. */
function placeOf(error: unknown): string {
  if (!isOwnCheck(error)) return ''
  const { constraint, column } = error as { constraint?: unknown; column?: unknown }
  if (typeof constraint === 'string') return `, constraint "${constraint}"`
  return typeof column === 'string' ? `, column "${column}"` : ''
}

/** PostgreSQL is starting up or shutting down, or PgBouncer, which has no code for this, cannot reach a server. */
const STARTING = /^57P0[1-3]|server login has been failing|cannot connect to server|server conn crashed|connect failed/

/** Returns true if the server may not be up yet. A closed connection may come from a proxy in front of it. */
export function isStarting(error: unknown): boolean {
  const { message = '' } = error as Partial<Error>
  const code = codeOf(error) ?? ''
  // ENOENT means that the server's socket is missing: certificate files have been read before.
  if (isNotUp(code) || code === 'ENOENT') return true
  return (
    STARTING.test(`${code} ${message}`.trim()) || POOL_TIMEOUT.test(message) || /^Connection terminated/.test(message)
  )
}
