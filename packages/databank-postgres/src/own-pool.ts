import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { openTls } from '@sessionbank/databank-kit'
import type { Options, PgLibrary } from './options.ts'
import type { SecureServer, Server } from './tls-in-url.ts'

export type OwnPool = InstanceType<PgLibrary['Pool']>

/** Creates a pool without connecting it. Rejects with a ConnectError if a certificate cannot be used. */
export async function ownPool(
  { url, tls, negotiation }: Server,
  { max, timeout }: Options,
  pg: PgLibrary,
): Promise<OwnPool> {
  return new pg.Pool({
    connectionString: url,
    ssl: tls !== undefined && (await secure(tls, addressIn(url, pg)?.host)),
    sslnegotiation: negotiation,
    max,
    connectionTimeoutMillis: timeout,
    keepAlive: true,
  })
}

/** @param host undefined if the URL cannot be parsed, so that pg will not connect */
async function secure({ options, files }: SecureServer, host: string | undefined): Promise<ConnectionOptions> {
  const { servername = host, ...connection } = await openTls(options, files)
  if (servername === undefined) return connection
  // pg overwrites `servername` with its host, and some versions check an IP address as if it were localhost.
  return { ...connection, checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate) }
}

/** Returns host and port for messages. Other parts of the URL may belong to the password. */
export function addressOf(url: string, pg: PgLibrary): string {
  const { host, port } = addressIn(url, pg) ?? {}
  if (host === undefined) return ''
  if (host.startsWith('/')) return ` at ${host}`
  return ` at ${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Returns the address that pg finds in the URL and the environment. */
function addressIn(url: string, pg: PgLibrary): { host: string; port: number } | undefined {
  try {
    return new pg.Client({ connectionString: url, ssl: false, sslnegotiation: 'postgres' })
  } catch {
    return undefined
  }
}
