import { BankError, ConnectError, codeOf, nameAndCode } from '@sessionbank/databank-kit'
import type { MongoClient } from 'mongodb'
import { type Failure, isA } from './failures.ts'

const WHAT_TO_CHECK: Record<string, string> = {
  13: 'the user may not use this database: grant readWrite on it, and check its name and `authSource`',
  18: 'it refused the user or the password: check both, and `authSource`',
  8000: 'it refused the user or the password: check both',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the server runs',
  EAI_AGAIN: 'its host could not be looked up: check the host and the DNS',
  ENODATA: 'there is no SRV record for its host: check the host, or use mongodb:// instead of mongodb+srv://',
  ENOTFOUND: 'there is no such host: check the host',
  CLOSED: 'it closed the connection: check that it is MongoDB, and whether it wants TLS (`tls=true`)',
  ECONNRESET: 'it closed the connection: check that it is MongoDB, and whether it wants TLS (`tls=true`)',
  ENOENT: 'a file or socket that `url` names is not there: check the host, and `tlsCAFile` and its like',
  ETIMEOUT: 'its host could not be looked up: check the host and the DNS',
}

/** Turns the failure of a call at connecting into the error that the app gets. */
export function connectErrorAt(client: MongoClient | undefined): (failure: Failure, waited: number) => Error {
  const server = client ? `MongoDB${addressesOf(client)}` : 'MongoDB through what was handed in'
  return (failure, waited) => {
    const { cause } = failure
    if (cause instanceof BankError) return cause
    const code = cause && failure.unreachable ? codeOfServers(cause) : failure.code
    if (cause === undefined || code === 'NO_ANSWER') {
      return new ConnectError(`no answer from ${server} within ${waited} ms: check host and port, and that it is up`)
    }
    const what = WHAT_TO_CHECK[String(code)] ?? adviceFor(failure, code)
    return new ConnectError(`cannot open ${server}: ${what}`, failure.safeCause)
  }
}

/** The client quotes what it cannot read of a URL, which may be part of the password; the names of options are safe. */
export function unusableUrl(error: unknown): ConnectError {
  const option = /^options? [\w, ]+ (is|are) not supported$/.exec((error as Error).message)?.[0]
  return new ConnectError(`\`url\` cannot be used: ${option ?? 'check it, and percent-encode user and password'}`)
}

/** A host that the client would stumble over when nobody can catch it any more. */
export function unusableHost(): ConnectError {
  return new ConnectError('`url` cannot be used: a host in it is empty or no host; write host:port,host:port')
}

function adviceFor(failure: Failure, code: unknown): string {
  if (failure.answered) return `it answered ${failure.answer}: check \`url\` and its log`
  if (!failure.unreachable) return `${nameAndCode(failure.cause)}: check \`url\``
  const reason = code === 'NO_PRIMARY' ? 'no server that can be written to' : String(code)
  return `${reason}: check host, port, TLS and \`replicaSet\`, and that it has a primary`
}

interface ServerState {
  type?: string
  error?: (Error & { cause?: unknown }) | null
}

/** Why the first of the servers that failed did so, in a word that {@link WHAT_TO_CHECK} has. */
function codeOfServers(error: Error & { reason?: { servers?: Map<string, ServerState> } }): string {
  const servers = [...(error.reason?.servers?.values() ?? [])]
  const codes = servers.map(({ error }) => codeOf(error) ?? codeOf(error?.cause)).filter((code) => code !== undefined)
  if (codes[0] !== undefined) return String(codes[0])
  if (
    servers.some(({ error }) => error && isA(error, 'MongoNetworkError') && !isA(error, 'MongoNetworkTimeoutError'))
  ) {
    return 'CLOSED'
  }
  return servers.some(({ type }) => type !== 'Unknown') ? 'NO_PRIMARY' : 'NO_ANSWER'
}

/** Hosts and ports alone: what else stands in a URL that was put together wrongly may be part of the password. */
function addressesOf({ options }: MongoClient): string {
  return ` at ${options.srvHost ?? options.hosts.join(', ')}`
}
