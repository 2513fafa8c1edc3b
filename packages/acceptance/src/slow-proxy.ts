import { delayedWriter, relayBefore, type TcpServer } from '@sessionbank/test-servers'

/** A TCP proxy that can delay answers. */
export interface SlowProxy extends Pick<TcpServer, 'port' | 'close'> {
  /** Delays each answer from now on, in ms. */
  delayAnswers(ms: number): void
}

export async function slowProxyTo(target: number): Promise<SlowProxy> {
  let delay = 0
  const { port, close } = await relayBefore(target, (client, upstream) => {
    const answer = delayedWriter(client)
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => answer(chunk, delay))
  })
  return {
    port,
    close,
    delayAnswers(ms) {
      delay = ms
    },
  }
}
