import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))
/** Timeout of starting or ending the demo, in ms. */
const LIMIT = 30_000
const running = new Set()

/** The demo in a child process. */
export class Demo {
  /** The URLs of the servers, once they are ready. */
  urls = []
  #child
  #closed
  #said = ''
  #errors = ''

  constructor(env, cwd) {
    this.#child = spawn(process.execPath, [SERVER], { cwd, env: { ...process.env, ...env } })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout.on('data', (text) => {
      this.#said += text
    })
    this.#child.stderr.on('data', (text) => {
      this.#errors += text
    })
    running.add(this.#child)
  }

  static async started(env, cwd) {
    const demo = new Demo(env, cwd)
    const until = Date.now() + LIMIT
    while (!demo.#said.includes('Ctrl-C')) {
      if (demo.#child.exitCode !== null || Date.now() > until) throw new Error(`no start: ${demo.#errors}`)
      await delay(20)
    }
    demo.urls = Array.from(demo.#said.matchAll(/:(\d+)$/gm), ([, port]) => `http://127.0.0.1:${port}`)
    return demo
  }

  /** Waits for the end of the demo, after a signal if one is given. Returns its exit code and errors. */
  async end(signal) {
    if (signal) this.#child.kill(signal)
    const late = delay(LIMIT, 'late', { ref: false })
    if ((await Promise.race([this.#closed, late])) === 'late') throw new Error('it did not end')
    running.delete(this.#child)
    return { code: this.#child.exitCode, errors: this.#errors }
  }
}

/** Kills all demos that are still running. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL')
}
