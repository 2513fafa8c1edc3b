import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { openTls } from '@sessionbank/databank-kit'
import type { Options, PgLibrary } from './options.ts'
import type { SecureServer, Server } from './tls-in-url.ts'

export type OwnPool = InstanceType<PgLibrary['Pool']>

/** Rejects with a ConnectError if a certificate cannot be used. Nothing is connected to yet. */
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

/** @param host undefined if the URL cannot be read, so that nothing will be connected to */
async function secure({ options, files }: SecureServer, host: string | undefined): Promise<ConnectionOptions> {
  const { servername = host, ...connection } = await openTls(options, files)
  if (servername === undefined) return connection
  // pg overwrites a `servername` with its host, and some of its versions check that of an address as if it was localhost.
  return { ...connection, checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate) }
}

/** For messages; no more of it, as what else stands there may be part of the password. */
export function addressOf(url: string, pg: PgLibrary): string {
  const { host, port } = addressIn(url, pg) ?? {}
  if (host === undefined) return ''
  if (host.startsWith('/')) return ` at ${host}`
  return ` at ${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** As pg reads the URL and the environment. */
function addressIn(url: string, pg: PgLibrary): { host: string; port: number } | undefined {
  try {
    return new pg.Client({ connectionString: url, ssl: false, sslnegotiation: 'postgres' })
  } catch {
    return undefined
  }
}
