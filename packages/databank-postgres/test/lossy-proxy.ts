import { relayBefore } from '@sessionbank/test-servers'

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
