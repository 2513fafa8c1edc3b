import { ConnectError } from '@sessionbank/databank-kit'
import { type Failure, UnfitClient } from './failures.ts'

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
  NO_PASSWORD: 'it asks for a password, and there is none: check user and password',
  EAI_AGAIN: 'its host could not be looked up: check the host and the DNS',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the server runs',
  ENOTFOUND: 'there is no such host: check the host',
}

/** What has no code of its own: PgBouncer says all of it with 08P01, and pg itself has none for a missing password. */
const CODE_BY_MESSAGE: [RegExp, string][] = [
  [/client password must be/, 'NO_PASSWORD'],
  [/auth\w* failed|no such user/i, '28P01'],
  [/^(database ".*" does not exist|no such database)/, '3D000'],
  [/^no more connections allowed/, '53300'],
]

/** Turns the failure of a question at connecting into the error that the app gets. */
export function connectErrorAt(url: string | undefined): (failure: Failure, timeout: number) => ConnectError {
  const server = url === undefined ? 'PostgreSQL through the pool that was handed in' : `PostgreSQL${hostIn(url)}`
  return ({ cause, code }, timeout) => {
    if (cause === undefined) {
      return new ConnectError(`no answer from ${server} within ${timeout} ms: check host and port, and that it is up`)
    }
    if (cause instanceof UnfitClient) return new ConnectError(cause.message)
    // Older versions of pg quote the URL in this error, and the URL holds the password.
    if (code === 'ERR_INVALID_URL') return new ConnectError('`url` is not a URL: percent-encode user and password')
    const advice = WHAT_TO_CHECK[code] ?? WHAT_TO_CHECK[codeByMessage(cause.message)]
    const what = advice ?? `${cause.message || code}: check \`url\` and the server’s log`
    return new ConnectError(`cannot open ${server}: ${what}`, cause)
  }
}

function codeByMessage(message: string): string {
  return CODE_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1] ?? ''
}

/** The host alone: what else stands in a URL that was put together wrongly may be part of the password. */
function hostIn(url: string): string {
  try {
    const { hostname, searchParams } = new URL(url)
    const host = searchParams.get('host') ?? hostname
    return host === '' ? '' : ` at ${host}`
  } catch {
    return ''
  }
}
