import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A TCP proxy before a server, that can lose answers and fall silent. */
export interface TcpProxy {
  port: number
  /** How often a text went to the server, while it was being looked for. */
  sent(): number
  /** Lets the next command with the text in it reach the server, and cuts the connection instead of giving the answer. */
  loseAnswerTo(text: string): void
  /** Cuts the connection at the next command with the text in it, which does not reach the server. */
  loseCommand(text: string): void
  /** From now on each answer comes so much later, in ms. */
  delayAnswers(ms: number): void
  /** How many connections there have been. */
  connections(): number
  /** Keeps all connections open, and lets nothing through any more. */
  silence(): void
  /** Lets new connections through; those of before stay as they are. */
  recover(): void
  close(): Promise<void>
}

export async function proxyTo(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let wanted: Buffer | null = null
  let sent = 0
  let losingNext: 'answer' | 'command' | null = null
  let isSilent = false
  let delay = 0
  let connections = 0
  const silenced = new Set<Socket>()

  const server = createServer((client) => {
    connections++
    const upstream = connect(target, '127.0.0.1')
    let losing = false
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
    client.on('data', (chunk) => {
      if (isSilent || silenced.has(client)) return
      if (wanted && chunk.includes(wanted)) {
        sent++
        const lost = losingNext
        losingNext = null
        if (lost === 'command') return client.destroy()
        losing = lost === 'answer'
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (isSilent || silenced.has(client)) return
      if (losing) return client.destroy()
      answer(chunk, delay)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const lose = (what: 'answer' | 'command', text: string) => {
    wanted = Buffer.from(text)
    sent = 0
    losingNext = what
  }

  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    loseAnswerTo: (text) => lose('answer', text),
    loseCommand: (text) => lose('command', text),
    delayAnswers(ms) {
      delay = ms
    },
    connections: () => connections,
    silence() {
      isSilent = true
      for (const socket of sockets) silenced.add(socket)
    },
    recover() {
      isSilent = false
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
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
