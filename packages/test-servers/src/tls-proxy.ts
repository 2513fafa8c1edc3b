import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { certificateAuthority, missingOpenssl } from './certificates.ts'
import type { ServerKind } from './launch.ts'
import type { ServerTls, TlsServer } from './tls-server.ts'

/**
 * Returns a kind of server behind a TLS proxy, for servers without TLS. `halt` and `resume` apply to the proxy.
 *
 * @param urlOf returns the URL on the proxy's port
 */
export function behindTls(
  kind: ServerKind,
  urlOf: (port: number, server: { url: string; port: number }) => string,
): ServerKind<TlsServer> {
  return {
    name: `${kind.name} over TLS`,
    missing: () => kind.missing() ?? missingOpenssl(),
    async start() {
      const server = await kind.start()
      const proxy = await tlsProxyBefore(server.port, (port) => urlOf(port, server))
      return {
        ...proxy,
        async stop() {
          await proxy.stop()
          await server.stop()
        },
      }
    },
  }
}

async function tlsProxyBefore(upstreamPort: number, urlOf: (port: number) => string): Promise<TlsServer> {
  const authority = certificateAuthority()
  let server = await listening({ certificate: authority.issue() }, 0)
  const { port } = server
  const present = async (tls: ServerTls) => {
    await server.close()
    server = await listening(tls, port)
  }
  return {
    url: urlOf(port),
    port,
    authority,
    present,
    halt: () => server.close(),
    resume: () => present({ certificate: authority.issue() }),
    async stop() {
      await server.close()
      authority.remove()
    },
  }

  async function listening({ certificate: { cert, key }, wantsClientCertificate = false }: ServerTls, on: number) {
    const tls = { cert, key, ca: authority.ca, requestCert: wantsClientCertificate }
    const sockets = new Set<{ destroy(): unknown }>()
    const listener = createServer(tls, (client) => {
      const upstream = connect(upstreamPort, '127.0.0.1')
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        socket.on('error', () => {}).on('close', () => other.destroy())
        socket.pipe(other)
      }
    })
    listener.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) => listener.listen(on, '127.0.0.1', resolve))
    return {
      port: (listener.address() as { port: number }).port,
      async close() {
        const closed = new Promise((resolve) => listener.close(resolve))
        for (const socket of sockets) socket.destroy()
        await closed
      },
    }
  }
}
