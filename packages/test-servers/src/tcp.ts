import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What listens on a free port of loopback. */
export interface TcpServer {
  port: number
  /** The connections that are open. */
  readonly sockets: ReadonlySet<Socket>
  /** Ends all connections; new ones may come. */
  dropAll(): void
  close(): Promise<void>
}

/** @param welcome called with each new connection, whose errors are ignored */
export async function tcpServer(welcome: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    welcome(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    dropAll,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      dropAll()
      await closed
    },
  }
}

/**
 * Stands between clients and the server on a port of loopback. Of the two connections, from a client and on to the server,
 * one ends with the other.
 *
 * @param join passes on what the two say, or does not
 */
export function relayBefore(port: number, join: (client: Socket, upstream: Socket) => void): Promise<TcpServer> {
  return tcpServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    upstream.on('error', () => {})
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    join(client, upstream)
  })
}

/** Closes each connection, after these words. */
export function closingServer(words = ''): Promise<TcpServer> {
  return tcpServer((socket) => socket.resume().end(words))
}

/** Writes to a socket in the order of the calls, each so much later, in ms. */
export function delayedWriter(socket: Socket): (chunk: Buffer, delay: number) => void {
  let last: Promise<void> | null = null
  return (chunk, delay) => {
    if (delay === 0 && last === null) {
      socket.write(chunk)
      return
    }
    const own = Promise.all([last, pause(delay)]).then(() => {
      socket.write(chunk)
      if (last === own) last = null
    })
    last = own
  }
}
