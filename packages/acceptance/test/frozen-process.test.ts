import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describeWith, postgres, redis, relayBefore } from '@sessionbank/test-servers'
import { Client } from '../src/client.ts'
import { startApp } from '../src/several-processes.ts'

const APP = join(__dirname, '../src/children/counting-app.mjs')
const TIMEOUT = 3_000

/** Returns a relay that can hold back the server's answers. */
async function holdingRelay(server: number) {
  let held: (() => void)[] | null = null
  let onRequest = () => {}
  const { port, close, dropAll } = await relayBefore(server, (client, upstream) => {
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
    dropAll,
    /** Holds back answers from now on. Resolves at the first request. */
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

/** Starts an app whose bank is behind a relay, and a client that has visited it. */
async function start(url: string, port: number) {
  const relay = await holdingRelay(port)
  const behindRelay = url.replace(`:${port}`, `:${relay.port}`)
  const app = await startApp(APP, [behindRelay, JSON.stringify({ timeout: TIMEOUT })])
  const client = new Client(app)
  expect(await client.send('count/n')).toBe(1)
  return {
    relay,
    client,
    freeze: () => process.kill(app.pid, 'SIGSTOP'),
    thaw: () => process.kill(app.pid, 'SIGCONT'),
    async [Symbol.asyncDispose]() {
      process.kill(app.pid, 'SIGCONT')
      await app.close()
      await relay.close()
    },
  }
}

describe('a process that was frozen, as serverless platforms do,', () => {
  describeWith(redis, (server) => {
    it('answers a request that was waiting for the bank, even after its timeout', async () => {
      await using app = await start(server().url, server().port)
      const asked = app.relay.hold()
      const count = app.client.send('count/n')
      await asked
      app.freeze()
      // Tests cannot move the clock of another process.
      await pause(TIMEOUT + 1_000)
      app.relay.release()
      app.thaw()
      expect(await count).toBe(2)
      expect(await app.client.send('count/n')).toBe(3)
    })
  })

  for (const kind of [redis, postgres]) {
    describeWith(kind, (server) => {
      it('answers the next request if its connections were closed meanwhile', async () => {
        await using app = await start(server().url, server().port)
        app.freeze()
        app.relay.dropAll()
        app.thaw()
        expect(await app.client.send('count/n')).toBe(2)
      })
    })
  }
})
