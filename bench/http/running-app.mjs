import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import autocannon from 'autocannon'

/** An app in a child process, with a logged-in visitor for each connection. */
export class RunningApp {
  #child
  #port
  #cookies = []

  static async start(framework, store, url, connections) {
    const app = new RunningApp()
    const env = { ...process.env, NODE_ENV: 'production' }
    app.#child = fork(join(import.meta.dirname, 'app.mjs'), [framework, store, url], { execArgv: [], env })
    const [{ port }] = await answerOf(app.#child)
    app.#port = port
    for (let i = 0; i < connections; i++) app.#cookies.push(await app.#login())
    return app
  }

  async #login() {
    const response = await fetch(`http://127.0.0.1:${this.#port}/login`)
    if (response.status !== 200) throw new Error(`the login failed: ${response.status} ${await response.text()}`)
    return response.headers
      .getSetCookie()
      .map((header) => header.split(';')[0])
      .join('; ')
  }

  /** Sends `amount` requests. Returns `{perSecond, p99, cpu}`: p99 in ms, and the app's CPU time per request in µs. */
  async load(path, amount) {
    let connection = 0
    const before = await this.#cpu()
    const began = performance.now()
    let ended = began
    const running = autocannon({
      url: `http://127.0.0.1:${this.#port}${path}`,
      connections: this.#cookies.length,
      amount,
      setupClient: (client) => client.setHeaders({ cookie: this.#cookies[connection++ % this.#cookies.length] }),
    })
    // autocannon itself checks only once a second whether all requests are answered.
    running.on('response', () => (ended = performance.now()))
    const result = await running
    const after = await this.#cpu()
    const failed = result.errors + result.timeouts + result.non2xx
    if (failed > 0) throw new Error(`${failed} of ${amount} requests to ${path} failed`)
    const cpu = (after.user + after.system - before.user - before.system) / amount
    return { perSecond: (amount * 1000) / (ended - began), p99: result.latency.p99, cpu }
  }

  async #cpu() {
    this.#child.send('cpu')
    const [{ cpu }] = await answerOf(this.#child)
    return cpu
  }

  async stop() {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}

/** Resolves with the next message of a process. Rejects if the process ends first. */
async function answerOf(child) {
  const stop = new AbortController()
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`the app ended with ${code}`)
  })
  try {
    return await Promise.race([once(child, 'message', { signal: stop.signal }), ended])
  } finally {
    ended.catch(() => {})
    stop.abort()
  }
}
