import { relayBefore } from '@sessionbank/test-servers'

/** A TCP proxy that can lose the server's answers. */
export interface LossyProxy {
  /** The server's URL, through the proxy. */
  url: string
  /**
   * Loses answers; requests still reach the server. `cut` loses the next answer and its connection. `hang` loses all
   * answers and keeps the connections open.
   */
  loseAnswers(how: 'cut' | 'hang'): void
  /** Forwards everything again. */
  restore(): void
  close(): Promise<void>
}

export async function proxyTo(serverUrl: string): Promise<LossyProxy> {
  let losing: 'cut' | 'hang' | null = null
  const url = new URL(serverUrl)
  const { port, close } = await relayBefore(Number(url.port), (client, upstream) => {
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (losing === null) return client.write(chunk)
      if (losing !== 'cut') return
      losing = null
      client.destroy()
    })
  })
  url.port = String(port)

  return {
    url: url.href,
    close,
    loseAnswers(how) {
      losing = how
    },
    restore() {
      losing = null
    },
  }
}
