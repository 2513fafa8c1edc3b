import { BankError, ConnectError } from '@sessionbank/databank-kit'
import type { MongoClient } from 'mongodb'
import type { Failure } from './failures.ts'

const WHAT_TO_CHECK: Record<string, string> = {
  13: 'the user may not use this database: grant readWrite on it, and check its name and `authSource`',
  18: 'it refused the user or the password: check both, and `authSource`',
  8000: 'it refused the user or the password: check both',
  ECONNREFUSED: 'nothing listens there: check host and port, and that the server runs',
  EAI_AGAIN: 'its host could not be looked up: check the host and the DNS',
  ENODATA: 'there is no SRV record for its host: check the host, or use mongodb:// instead of mongodb+srv://',
  ENOTFOUND: 'there is no such host: check the host',
  ETIMEOUT: 'its host could not be looked up: check the host and the DNS',
}

/** Turns the failure of a call at connecting into the error that the app gets. */
export function connectErrorAt(client: MongoClient | undefined): (failure: Failure, timeout: number) => Error {
  const server = client ? `MongoDB${hostsOf(client)}` : 'MongoDB through what was handed in'
  return (failure, timeout) => {
    const { cause } = failure
    if (cause instanceof BankError) return cause
    if (cause === undefined) {
      return new ConnectError(`no answer from ${server} within ${timeout} ms: check host and port, and that it is up`)
    }
    const code = failure.unreachable ? codeOfServers(cause) : failure.code
    const what = WHAT_TO_CHECK[String(code)] ?? adviceFor(failure, code)
    return new ConnectError(`cannot open ${server}: ${what}`, failure.answered ? undefined : cause)
  }
}

/** The client quotes what it cannot read of a URL, which may be part of the password; the names of options are safe. */
export function unusableUrl(error: unknown): ConnectError {
  const option = /^options? [\w, ]+ (is|are) not supported$/.exec((error as Error).message)?.[0]
  return new ConnectError(`\`url\` cannot be used: ${option ?? 'check it, and percent-encode user and password'}`)
}

function adviceFor(failure: Failure, code: unknown): string {
  if (failure.answered) return `it answered ${failure.cause?.codeName ?? ''} (${code}): check \`url\` and its log`
  if (!failure.unreachable) return `${failure.cause?.message}: check \`url\``
  const reason = code === undefined ? 'no server that can be written to' : String(code)
  return `${reason}: check host, port, TLS and \`replicaSet\`, and that it has a primary`
}

/** Why the first of the servers that failed did so. */
function codeOfServers(error: Error & { reason?: { servers?: Map<string, { error?: Error | null }> } }) {
  for (const { error: reason } of error.reason?.servers?.values() ?? []) {
    const { code, cause } = (reason ?? {}) as { code?: unknown; cause?: { code?: unknown } }
    if (code ?? cause?.code) return code ?? cause?.code
  }
  return undefined
}

/** The hosts alone: what else stands in a URL that was put together wrongly may be part of the password. */
function hostsOf({ options }: MongoClient): string {
  const hosts = options.srvHost ? [options.srvHost] : options.hosts.map(({ host, socketPath }) => host ?? socketPath)
  return ` at ${hosts.join(', ')}`
}
