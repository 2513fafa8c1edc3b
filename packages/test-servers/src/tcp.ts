import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A TCP server on a free loopback port. */
export interface TcpServer {
  port: number
  /** The open connections. */
  readonly sockets: ReadonlySet<Socket>
  /** Closes all connections. New ones are accepted. */
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
 * Starts a relay to the server on a loopback port. If the connection of the client or the one to the server closes, the
 * other is closed as well.
 *
 * @param join forwards data between the two connections
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

/** Starts a server that closes each connection after sending a text. */
export function closingServer(words = ''): Promise<TcpServer> {
  return tcpServer((socket) => socket.resume().end(words))
}

/** Returns a function that writes to a socket after a delay in ms, in the order of the calls. */
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
