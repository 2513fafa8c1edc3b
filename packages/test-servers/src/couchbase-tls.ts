import { missingOpenssl } from './certificates.ts'
import { couchbase } from './couchbase.ts'
import type { ServerKind } from './launch.ts'
import { tlsProxyBefore } from './tls-proxy.ts'
import type { TlsServer } from './tls-server.ts'

/**
 * The stand-in for Couchbase, behind a proxy that speaks TLS. A client gets as far as the login: the stand-in would then send
 * it to its own port, which does not speak TLS.
 */
export const couchbaseOverTls: ServerKind<TlsServer> = {
  name: `${couchbase.name} over TLS`,
  missing: () => couchbase.missing() ?? missingOpenssl(),

  async start() {
    const standIn = await couchbase.start()
    const urlOf = (port: number) => `couchbases://default:s3cret@127.0.0.1:${port}/default`
    const proxy = await tlsProxyBefore(standIn.port, urlOf)
    return {
      ...proxy,
      async stop() {
        await proxy.stop()
        await standIn.stop()
      },
    }
  },
}
