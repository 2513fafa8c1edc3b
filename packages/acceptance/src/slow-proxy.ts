import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A TCP proxy before a server, behind which each answer may come later. */
export interface SlowProxy {
  port: number
  /** From now on each answer comes so much later, in ms. */
  delayAnswers(ms: number): void
  close(): Promise<void>
}

export async function slowProxyTo(target: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>()
  let delay = 0
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const answer = delayedWriter(client)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => answer(chunk, delay))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    delayAnswers(ms) {
      delay = ms
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes to a socket in the order of the calls, each so much later, in ms. */
function delayedWriter(socket: Socket): (chunk: Buffer, delay: number) => void {
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
