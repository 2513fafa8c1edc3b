import { BankError, ConnectError, nameAndCode, safeCause } from '@sessionbank/databank-kit'
import type { MongoClient } from 'mongodb'
import { answerIn, type ClientError, codeIn, isA, isAnswer, isUnreachable } from './failures.ts'

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

/**
 * Returns what the app gets if a bank cannot be opened.
 *
 * @param error what the client said; undefined if it said nothing in time
 * @param waited how long it was asked, in ms
 */
export function connectError(error: unknown, client: MongoClient | undefined, waited: number): BankError {
  if (error instanceof BankError) return error
  // Hosts and ports alone: what else stands in a URL that was put together wrongly may be part of the password.
  const address = client && ` at ${client.options.srvHost ?? client.options.hosts.join(', ')}`
  const server = `MongoDB${address ?? ' through what was handed in'}`
  const code = isUnreachable(error) ? codeOfServers(error as ClientError) : codeIn(error)
  if (error === undefined || code === 'NO_ANSWER') {
    return new ConnectError(`no answer from ${server} within ${waited} ms: check host and port, and that it is up`)
  }
  const what = WHAT_TO_CHECK[String(code)] ?? adviceFor(error, code)
  return new ConnectError(`cannot open ${server}: ${what}`, safeCause(error, 'codeName'))
}

/** The client quotes what it cannot read of a URL, which may be part of the password; the names of options are safe. */
export function unusableUrl(error: unknown): ConnectError {
  const option = /^options? [\w, ]+ (is|are) not supported$/.exec((error as Error).message)?.[0]
  return new ConnectError(`\`url\` cannot be used: ${option ?? 'check it, and percent-encode user and password'}`)
}

function adviceFor(error: unknown, code: unknown): string {
  if (isAnswer(error)) return `it answered ${answerIn(error)}: check \`url\` and its log`
  if (!isUnreachable(error)) return `${nameAndCode(error)}: check \`url\``
  const reason = code === 'NO_PRIMARY' ? 'no server that can be written to' : String(code)
  return `${reason}: check host, port, TLS and \`replicaSet\`, and that it has a primary`
}

/** Returns why the first of the servers that failed did so, in a word that {@link WHAT_TO_CHECK} has. */
function codeOfServers({ reason }: ClientError): string {
  const servers = [...(reason?.servers?.values() ?? [])]
  const code = servers.map(({ error }) => codeIn(error)).find((each) => each !== undefined)
  if (code !== undefined) return String(code)
  const isClosed = (error: unknown) => isA(error, 'MongoNetworkError') && !isA(error, 'MongoNetworkTimeoutError')
  if (servers.some(({ error }) => isClosed(error))) return 'CLOSED'
  return servers.some(({ type }) => type !== 'Unknown') ? 'NO_PRIMARY' : 'NO_ANSWER'
}
