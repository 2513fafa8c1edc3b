import { relayBefore, type TcpServer } from '@sessionbank/test-servers'

/** Stands between a client and a server on loopback, and can be told to misbehave. */
export interface Relay extends Pick<TcpServer, 'port' | 'close'> {
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
}

export async function relayTo(port: number): Promise<Relay> {
  let frozen = false
  let cut = false
  let losing = false
  let held: (() => void)[] | null = null

  const server = await relayBefore(port, (client, upstream) => {
    if (cut) return client.destroy()
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

  return {
    port: server.port,
    close: server.close,
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
      server.dropAll()
    },
    /** Connections that were frozen have lost bytes, and go. */
    mend() {
      frozen = false
      cut = false
      server.dropAll()
    },
    loseNextAnswer() {
      losing = true
    },
  }
}
