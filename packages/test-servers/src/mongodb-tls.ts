import { missingOpenssl } from './certificates.ts'
import type { ServerKind } from './launch.ts'
import { mongodb } from './mongodb.ts'
import { tlsProxyBefore } from './tls-proxy.ts'
import type { TlsServer } from './tls-server.ts'

/** The stand-in for MongoDB, behind a proxy that speaks TLS. */
export const mongodbOverTls: ServerKind<TlsServer> = {
  name: `${mongodb.name} over TLS`,
  missing: () => mongodb.missing() ?? missingOpenssl(),

  async start() {
    const standIn = await mongodb.start()
    const proxy = await tlsProxyBefore(standIn.port, (port) => standIn.url.replace(`:${standIn.port}`, `:${port}`))
    return {
      ...proxy,
      async stop() {
        await proxy.stop()
        await standIn.stop()
      },
    }
  },
}
