import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that can lose what the server answers. */
export interface LossyProxy {
  /** The server's URL, through the proxy. */
  url: string
  /**
   * Requests go on reaching the server. `cut`: the next answer is lost with its connection, then all is as before; `hang`:
   * all answers are lost in silence.
   */
  loseAnswers(how: 'cut' | 'hang'): void
  /** Lets everything through again. */
  restore(): void
  close(): Promise<void>
}

export async function proxyTo(serverUrl: string): Promise<LossyProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let losing: 'cut' | 'hang' | null = null

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (losing === null) return client.write(chunk)
      if (losing !== 'cut') return
      losing = null
      client.destroy()
    })
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    loseAnswers(how) {
      losing = how
    },
    restore() {
      losing = null
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
