import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort, temporaryFolder } from '@sessionbank/test-servers'

const ROOT = join(__dirname, '../../..')
/** How long a snippet may take on a busy machine, in ms. */
const PATIENCE = 60_000
/** A module to import into an app whose clock a test moves. */
const CLOCK = pathToFileURL(join(__dirname, 'children/clock.mjs')).href

/** Returns the first block of JavaScript in a document of this repository that contains the words. */
export function snippet(document: string, words: string): string {
  const blocks = Array.from(readFileSync(join(ROOT, document), 'utf8').matchAll(/^```js\n(.*?)^```$/gms))
  const found = blocks.map(([, code]) => code as string).find((code) => code.includes(words))
  if (found === undefined) throw new Error(`${document} has no snippet with ${words}`)
  return found
}

/** The settings of an app from a document. */
export interface StartSettings {
  env?: Record<string, string>
  /** If true, {@link AppFolder.advance} can move the clock of the app. */
  hasClock?: boolean
}

/** A folder for apps, in which all packages of the tests are installed. */
export class AppFolder {
  readonly #folder = temporaryFolder('documents')
  readonly #running: ChildProcess[] = []

  constructor() {
    symlinkSync(join(__dirname, '../node_modules'), join(this.path, 'node_modules'), 'dir')
  }

  get path(): string {
    return this.#folder.path
  }

  /** Runs a script until it ends, and returns its output. */
  run(code: string, { name = 'script.mjs', env = {} } = {}): Promise<string> {
    writeFileSync(join(this.path, name), code)
    const options = { cwd: this.path, env: { ...process.env, ...env }, timeout: PATIENCE }
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [name], options, (error, output, errors) => {
        if (error || errors !== '') reject(new Error(`${error?.message ?? 'the script printed errors'}\n${errors}`))
        else resolve(output)
      })
    })
  }

  /** Writes a file into the folder. */
  write(name: string, code: string): void {
    writeFileSync(join(this.path, name), code)
  }

  /** Runs an app, with free ports instead of 3000 to 3003. Returns the URLs of the ports that it uses, in order. */
  async start(code: string, { env = {}, hasClock = false }: StartSettings = {}): Promise<string[]> {
    const ports = new Map<string, number>()
    for (const [port] of code.matchAll(/\b300[0-3]\b/g)) if (!ports.has(port)) ports.set(port, await freePort())
    writeFileSync(
      join(this.path, 'app.mjs'),
      code.replaceAll(/\b300[0-3]\b/g, (port) => String(ports.get(port))),
    )
    const child = spawn(process.execPath, [...(hasClock ? ['--import', CLOCK] : []), 'app.mjs'], {
      cwd: this.path,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe', ...(hasClock ? ['ipc' as const] : [])],
    })
    this.#running.push(child)
    let errors = ''
    child.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    const urls = [...ports.keys()].sort().map((port) => `http://localhost:${ports.get(port)}`)
    for (const url of urls) {
      while (!(await answers(url))) {
        if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}:\n${errors}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    return urls
  }

  /** Moves the clock of the folder's apps, in ms. */
  async advance(ms: number): Promise<void> {
    for (const child of this.#running) {
      child.send({ advance: ms })
      await once(child, 'message')
    }
  }

  /** Sends a signal to the running apps, and returns their exit codes when they have ended. */
  async end(signal: NodeJS.Signals): Promise<(number | null)[]> {
    const ended = this.#running.map(async (child) => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      return child.exitCode
    })
    for (const child of this.#running) child.kill(signal)
    return Promise.all(ended)
  }

  /** Kills the running apps. */
  async stop(): Promise<void> {
    for (const child of this.#running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }

  async remove(): Promise<void> {
    await this.stop()
    this.#folder.remove()
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}
