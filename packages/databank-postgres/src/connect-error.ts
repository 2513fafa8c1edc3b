import { ConnectError, nameAndCode } from '@sessionbank/databank-kit'
import { type Failure, UnfitClient } from './failures.ts'

const UNTRUSTED = 'its certificate is not trusted: name its authority with `sslrootcert` in `url`'

const WHAT_TO_CHECK: Record<string, string> = {
  '28000': 'it refused the user: check user and password, and the server’s pg_hba.conf',
  '28P01': 'it refused the password: check user and password',
  '3D000': 'there is no such database: check its name, or create it',
  '3F000': 'there is no such schema: create it, or check `table`',
  '42501': 'the user may not make or read the table: grant the right, or run `tableDdl()` as another user',
  '42703': 'the table is there, but not of the form that `tableDdl()` makes: choose another `table`',
  '42P07': 'the name of the table or of one of its indexes is taken: choose another `table`',
  '53300': 'it has no connection left: lower `max`, or raise its max_connections',
  '57P03': 'it is starting up or shutting down: try again',
  CLOSED: 'it closed the connection: check that it is PostgreSQL, and whether it wants TLS (`sslmode`)',
  ENDED: 'it has been ended: hand in a pool that is open',
  NO_PASSWORD: 'it asks for a password, and there is none: check user and password',
  NO_TLS: 'it does not speak TLS: take `sslmode` out of `url`, or set up TLS on the server',
  NOT_ENCODED: '`url` has a % that stands for nothing: percent-encode user, password and database',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is of another host: check the host',
  EAI_AGAIN: 'its host could not be looked up: check the host and the DNS',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the server runs',
  ECONNRESET: 'it closed the connection: check that it is PostgreSQL, and whether it wants TLS (`sslmode`)',
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

/**
 * Turns the failure of a question at connecting into the error that the app gets.
 *
 * @param address where the driver's own pool connects to, asked for when it is needed; without: a pool of the app
 */
export function connectErrorAt(address?: () => string): (failure: Failure, timeout: number) => ConnectError {
  return (failure, timeout) => {
    const { cause } = failure
    const server = address ? `PostgreSQL${address()}` : 'PostgreSQL through the pool that was handed in'
    const code = failure.code in WHAT_TO_CHECK ? failure.code : codeByMessage(cause?.message ?? '')
    if (cause instanceof UnfitClient) return new ConnectError(cause.message)
    if (cause === undefined || code === 'TIMEOUT') {
      const limit = cause === undefined || address ? `${timeout} ms` : 'the time that the pool gives a connection'
      return new ConnectError(`no answer from ${server} within ${limit}: check host and port, and that it is up`)
    }
    // Older versions of pg quote the URL in this error, and the URL holds the password.
    if (failure.code === 'ERR_INVALID_URL') {
      return new ConnectError('`url` is not a URL: check host and port, and percent-encode user and password')
    }
    const what = WHAT_TO_CHECK[code] ?? `${nameAndCode(cause)}: check \`url\` and the server’s log`
    return new ConnectError(`cannot open ${server}: ${what}`, failure.safeCause)
  }
}

function codeByMessage(message: string): string {
  return CODE_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? ''
}
