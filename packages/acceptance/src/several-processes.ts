import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BankOptions, StoreOptions } from '@sessionbank/session-core'

const APP = join(__dirname, 'children', 'counting-app.mjs')
/** Time after which a hanging app is killed, in ms. */
const PATIENCE = 60_000

/** One of several processes of an app. */
export interface AppProcess {
  url: string
  pid: number
  /** Closes the app. Rejects if it crashes, writes to stderr, or does not end. */
  close(): Promise<void>
}

/** Starts several processes of an Express app that counts, on one bank. */
export async function startProcesses(
  count: number,
  bankUrl: string,
  options: StoreOptions = {},
  bankOptions: BankOptions = {},
): Promise<AppProcess[]> {
  const args = [bankUrl, JSON.stringify(options), JSON.stringify(bankOptions)]
  return Promise.all(Array.from({ length: count }, () => startApp(APP, args)))
}

/** Starts an app that sends its port when it listens, and ends after a message. */
export async function startApp(file: string, args: string[], options: ForkOptions = {}): Promise<AppProcess> {
  const child = fork(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  // At 'close' its stderr is complete, unlike at 'exit'.
  const ended = once(child, 'close')
  const [port] = await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error(`the app did not start: ${errors}`))),
  ])
  return { url: `http://127.0.0.1:${port}`, pid: child.pid as number, close: () => close(child, ended, () => errors) }
}

async function close(child: ChildProcess, ended: Promise<unknown[]>, errors: () => string): Promise<void> {
  if (child.connected) child.send('close')
  const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  const [code, signal] = await ended
  clearTimeout(force)
  if (code === 0 && errors() === '') return
  throw new Error(`the app ended with ${code ?? signal}: ${errors()}`)
}
