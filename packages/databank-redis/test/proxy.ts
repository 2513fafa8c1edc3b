import type { Socket } from 'node:net'
import { delayedWriter, relayBefore, type TcpServer } from '@sessionbank/test-servers'

/** A TCP proxy that can lose answers and fall silent. */
export interface TcpProxy extends Pick<TcpServer, 'port' | 'close'> {
  /** Returns how often the text passed to {@link loseAnswerTo} or {@link loseCommand} was sent to the server. */
  sent(): number
  /** Forwards the next command that contains the text, then cuts the connection instead of returning the answer. */
  loseAnswerTo(text: string): void
  /** Cuts the connection at the next command that contains the text, without forwarding it. */
  loseCommand(text: string): void
  /** Delays each answer from now on, in ms. */
  delayAnswers(ms: number): void
  /** Returns how many connections there have been. */
  connections(): number
  /** Keeps all connections open, but forwards nothing any more. */
  silence(): void
  /** Forwards new connections; earlier ones stay silent. */
  recover(): void
}

export async function proxyTo(target: number): Promise<TcpProxy> {
  let wanted: Buffer | null = null
  let sent = 0
  let losingNext: 'answer' | 'command' | null = null
  let isSilent = false
  let delay = 0
  let connections = 0
  const silenced = new Set<Socket>()

  const relay = await relayBefore(target, (client, upstream) => {
    connections++
    let losing = false
    const answer = delayedWriter(client)
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
  const lose = (what: 'answer' | 'command', text: string) => {
    wanted = Buffer.from(text)
    sent = 0
    losingNext = what
  }

  return {
    port: relay.port,
    close: relay.close,
    sent: () => sent,
    loseAnswerTo: (text) => lose('answer', text),
    loseCommand: (text) => lose('command', text),
    delayAnswers(ms) {
      delay = ms
    },
    connections: () => connections,
    silence() {
      isSilent = true
      for (const socket of relay.sockets) silenced.add(socket)
    },
    recover() {
      isSilent = false
    },
  }
}
