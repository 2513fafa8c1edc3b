import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describeWith, redis, relayBefore } from '@sessionbank/test-servers'
import { Client } from '../src/client.ts'
import { startApp } from '../src/several-processes.ts'

const APP = join(__dirname, '../src/children/counting-app.mjs')
const TIMEOUT = 3_000

/** A relay that can keep back what the server answers. */
async function holdingRelay(server: number) {
  let held: (() => void)[] | null = null
  let onRequest = () => {}
  const { port, close } = await relayBefore(server, (client, upstream) => {
    client.on('data', (chunk) => {
      upstream.write(chunk)
      onRequest()
    })
    upstream.on('data', (chunk) => {
      const answer = () => client.write(chunk)
      if (held) held.push(answer)
      else answer()
    })
  })
  return {
    port,
    close,
    /** Keeps the answers from now on; resolves when there is something to answer. */
    hold: () => {
      held = []
      return new Promise<void>((resolve) => {
        onRequest = resolve
      })
    },
    release() {
      for (const answer of held ?? []) answer()
      held = null
    },
  }
}

/** As a serverless platform does between two requests. */
describeWith(redis, (server) => {
  it('answers a request, if its process was frozen beyond the timeout while it waited for the bank', async () => {
    const relay = await holdingRelay(server().port)
    const app = await startApp(APP, [`redis://127.0.0.1:${relay.port}`, JSON.stringify({ timeout: TIMEOUT })])
    try {
      const client = new Client(app)
      expect(await client.send('count/n')).toBe(1)
      const asked = relay.hold()
      const count = client.send('count/n')
      await asked
      process.kill(app.pid, 'SIGSTOP')
      // A clock of its own: nothing here can move the one of another process.
      await pause(TIMEOUT + 1_000)
      relay.release()
      process.kill(app.pid, 'SIGCONT')
      expect(await count).toBe(2)
      expect(await client.send('count/n')).toBe(3)
    } finally {
      process.kill(app.pid, 'SIGCONT')
      await app.close()
      await relay.close()
    }
  })
})
