import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server on loopback, and can be told to misbehave. */
export interface Relay {
  port: number
  /** From now on nothing passes, in either direction; connections stay open. */
  freeze(): void
  /** From now on what the client says waits until `release`. */
  hold(): void
  release(): void
  /** From now on connections are dropped, those that there are and those to come. */
  cut(): void
  /** Ends both. */
  mend(): void
  /** Drops the connection on which the server answers next, with the answer. */
  loseNextAnswer(): void
  close(): Promise<void>
}

export async function relayTo(port: number): Promise<Relay> {
  let frozen = false
  let cut = false
  let losing = false
  let held: (() => void)[] | null = null
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    if (cut) return client.destroy()
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      const pass = () => frozen || upstream.write(chunk)
      if (held) held.push(pass)
      else pass()
    })
    upstream.on('data', (chunk) => {
      if (frozen) return
      if (!losing) return client.write(chunk)
      losing = false
      client.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true
    },
    hold() {
      held = []
    },
    release() {
      const waiting = held ?? []
      held = null
      for (const pass of waiting) pass()
    },
    cut() {
      cut = true
      for (const socket of sockets) socket.destroy()
    },
    /** Connections that were frozen have lost bytes, and go. */
    mend() {
      frozen = false
      cut = false
      for (const socket of sockets) socket.destroy()
    },
    loseNextAnswer() {
      losing = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
