import { relayBefore, type TcpServer } from '@sessionbank/test-servers'

/** A TCP relay between a client and a server, with faults that a test can turn on. */
export interface Relay extends Pick<TcpServer, 'port' | 'close'> {
  /** Forwards nothing any more, in either direction. Connections stay open. */
  freeze(): void
  /** Holds back the client's data until `release`. */
  hold(): void
  release(): void
  /** Drops all connections, current and new ones. */
  cut(): void
  /** Ends `freeze` and `cut`. */
  mend(): void
  /** Drops the server's next answer, and its connection. */
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
    /** Drops frozen connections, because they have lost data. */
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
