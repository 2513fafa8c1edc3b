import { BankTimeoutError, ConnectError, codeOf, type Failure, nameAndCode, safeCause } from '@sessionbank/databank-kit'

/** No connection was to be had: nothing was sent. */
export class NoConnectionError extends Error {
  constructor(cause: unknown) {
    super('the pool gave no connection', { cause })
  }
}

/** A pool may make its clients otherwise than its options say. */
export class UnsupportedClientError extends Error {
  constructor(mode: string) {
    super(`the pool makes clients in ${mode} mode, which the postgres driver does not work with: use pg’s own defaults`)
  }
}

/** SQLSTATEs with which the server ends a connection, or does not know itself what became of a statement. */
const CONNECTION_LOST = /^(08|57P|25P03|40003|58|XX)/

/** Serialization failure and deadlock: the statement was rolled back to let another one through. */
const MADE_WAY = /^(40001|40P01)$/

/** What the server tells of a refusal besides values: names of its schema, and places in its code. */
const SAFE_FIELDS = 'severity schema table column dataType constraint position routine file line'.split(' ')

const NOT_THE_FORM = 'the table is not of the form that this driver makes; see `tableDdl()`'

/** By SQLSTATE, or by its class: the first two characters. */
const ADVICE: Record<string, string> = {
  '22': NOT_THE_FORM,
  '23': 'a constraint of the table refuses the record',
  '42': NOT_THE_FORM,
  '54': 'the record is beyond a limit of the server',
  '25006': 'this server is read-only (a standby?); connect to the primary',
  '26000': 'a prepared statement is gone: behind PgBouncer in transaction mode, set `prepare: false`',
  '42P05': 'a prepared statement is there twice: behind PgBouncer in transaction mode, set `prepare: false`',
  '42501': 'the user needs SELECT, INSERT, UPDATE and DELETE on the table',
  '42P01': 'the table is not there: run the statements of `tableDdl()`, or connect with `createTable: true`',
  '53100': 'the disk of the server is full',
  '53300': 'the server has no connection left; lower `max`, or raise its max_connections',
  '55P03': 'another transaction has had the record locked for too long',
}

const CLOSED = 'it closed the connection: check that it is PostgreSQL, and whether it wants TLS (`sslmode`)'
const UNTRUSTED = 'its certificate is not trusted: name its authority with `sslrootcert` in `url`'

const ADVICE_AT_CONNECTING: Record<string, string> = {
  '28000': 'it refused the user: check user and password, and the server’s pg_hba.conf',
  '28P01': 'it refused the password: check user and password',
  '3D000': 'there is no such database: check its name, or create it',
  '3F000': 'there is no such schema: create it, or check `table`',
  '42501': 'the user may not make or read the table: grant the right, or run `tableDdl()` as another user',
  '42703': 'the table is there, but not of the form that `tableDdl()` makes: choose another `table`',
  '42P07': 'the name of the table or of one of its indexes is taken: choose another `table`',
  '53300': 'it has no connection left: lower `max`, or raise its max_connections',
  '57P03': 'it is starting up or shutting down: try again',
  CLOSED,
  ENDED: 'it has been ended: hand in a pool that is open',
  NO_PASSWORD: 'it asks for a password, and there is none: check user and password',
  NO_TLS: 'it does not speak TLS: take `sslmode` out of `url`, or set up TLS on the server',
  NOT_ENCODED: '`url` has a % that stands for nothing: percent-encode user, password and database',
  TIMEOUT: 'the pool gave no connection in its own time: check host and port, and that it is up',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is of another host: check the host',
  EAI_AGAIN: 'its host could not be looked up: check the host and the DNS',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the server runs',
  ECONNRESET: CLOSED,
  ENOENT: 'a file or socket that `url` names is not there: check `sslcert`, `sslkey`, `sslrootcert` and the host',
  ENOTFOUND: 'there is no such host: check the host',
}

/** What has no code of its own: PgBouncer says all of it with 08P01, and pg itself has none. */
const CODE_BY_MESSAGE: [RegExp, string][] = [
  [/client password must be/, 'NO_PASSWORD'],
  [/auth\w* failed|no such user/i, '28P01'],
  [/^(database ".*" does not exist|no such database)/, '3D000'],
  [/^no more connections allowed/, '53300'],
  [/does not support SSL|establishing an SSL connection/, 'NO_TLS'],
  [/^Cannot use a pool after/, 'ENDED'],
  [/^URI malformed/, 'NOT_ENCODED'],
  [/^(timeout exceeded|timeout expired|Connection terminated due to connection timeout)/, 'TIMEOUT'],
  [/^Connection terminated/, 'CLOSED'],
]

/** What this driver, and pg without a code, say by themselves. */
const OWN_WORDS = [
  /^\d+ of \d+ statements were answered; does this version of pg work here\?$/,
  /^Cannot use a pool after calling end on the pool$/,
  /^Connection terminated( unexpectedly| due to connection timeout)?$/,
  /^(timeout exceeded when trying to connect|no answer in time|the bank was disconnected)$/,
  /^Client (has encountered a connection error|was closed) and is not queryable$/,
]

/** Returns whether the server itself answered, and rolled the transaction back. */
export function isRolledBack(error: unknown): boolean {
  const code = String(codeOf(originOf(error)))
  return /^[0-9A-Z]{5}$/.test(code) && !CONNECTION_LOST.test(code)
}

/** Says how a call failed. No message of the server passes: it may quote ids and contents. */
export function failureOf(error: unknown): Failure {
  const origin = originOf(error)
  const cause = safeCause(origin, ...SAFE_FIELDS)
  const code = String(codeOf(origin))
  if (isRolledBack(error)) {
    const advice = ADVICE[code] ?? ADVICE[code.slice(0, 2)] ?? 'see its log for the reason'
    const message = `PostgreSQL refused the statement: ${advice} (SQLSTATE ${code}${placeOf(origin)})`
    return { outcome: 'refused', message, isTransient: MADE_WAY.test(code), cause }
  }
  const said = origin instanceof Error ? origin.message : ''
  const why = OWN_WORDS.some((words) => words.test(said)) ? said : nameAndCode(origin)
  if (error instanceof NoConnectionError) {
    return { outcome: 'unsent', message: `PostgreSQL cannot be reached (${why}): check that it runs`, cause }
  }
  const message = `the connection to PostgreSQL broke before the answer (${why}): check that it runs, and read before you repeat a write`
  return { outcome: 'unknown', message, cause }
}

/**
 * Returns what the app gets for a failure at connecting.
 *
 * @param server how the message names it
 */
export function connectError(error: unknown, server: string, timeout: number): Error {
  if (error instanceof ConnectError) return error
  if (error instanceof UnsupportedClientError) return new ConnectError(error.message)
  if (error instanceof BankTimeoutError) {
    return new ConnectError(`no answer from ${server} within ${timeout} ms: check host and port, and that it is up`)
  }
  const origin = originOf(error)
  const code = String(codeOf(origin))
  // Older versions of pg quote the URL in this error, and the URL holds the password.
  if (code === 'ERR_INVALID_URL') {
    return new ConnectError('`url` is not a URL: check host and port, and percent-encode user and password')
  }
  const said = origin instanceof Error ? origin.message : ''
  const known = code in ADVICE_AT_CONNECTING ? code : CODE_BY_MESSAGE.find(([pattern]) => pattern.test(said))?.[1]
  const advice = ADVICE_AT_CONNECTING[known ?? ''] ?? `${nameAndCode(origin)}: check \`url\` and the server’s log`
  return new ConnectError(`cannot open ${server}: ${advice}`, safeCause(origin, ...SAFE_FIELDS))
}

function originOf(error: unknown): unknown {
  return error instanceof NoConnectionError ? error.cause : error
}

/** Returns which constraint or column of the table it was, if the server says so. */
function placeOf(error: unknown): string {
  const { constraint, column } = error as { constraint?: unknown; column?: unknown }
  if (typeof constraint === 'string') return `, constraint "${constraint}"`
  return typeof column === 'string' ? `, column "${column}"` : ''
}
