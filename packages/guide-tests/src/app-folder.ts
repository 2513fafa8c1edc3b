import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, temporaryFolder } from '@sessionbank/test-servers'
import { transformSync } from 'esbuild'
import { type AppFile, block } from './page.ts'

const TSC = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
/** The port that the apps of the guides listen on. */
const PORT = /\b3000\b/g
/** The time limit, in ms, of a script that a test waits for. It is generous, for a busy machine. */
const PATIENCE = 60_000

/** The folder that a reader of a guide creates. The packages of the guides are installed. */
export class AppFolder {
  readonly #folder = temporaryFolder('guide')
  readonly #files: readonly AppFile[]
  readonly #compilerOptions: object
  #child: ChildProcess | undefined
  #errors = ''

  /** @param compilerOptions the guide's options in addition to those of all guides */
  constructor(files: readonly AppFile[], compilerOptions: object = {}) {
    this.#files = files
    this.#compilerOptions = {
      ...JSON.parse(block('README.md', '"compilerOptions"')).compilerOptions,
      ...compilerOptions,
    }
    symlinkSync(join(__dirname, '../node_modules'), join(this.#folder.path, 'node_modules'), 'dir')
    this.#write('package.json', '{ "type": "module" }')
    this.#write('tsconfig.json', JSON.stringify({ compilerOptions: this.#compilerOptions }))
    for (const { name, code } of files) this.#write(name, code)
  }

  /** The app's output to stderr. */
  get errors(): string {
    return this.#errors
  }

  /** Returns the errors of the compiler, or '' if there are none. */
  typeErrors(): string {
    const { stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', this.#folder.path], { encoding: 'utf8' })
    return stdout + stderr
  }

  /** Runs the last file of the app, with types removed by esbuild, like tsx, and returns its URL. */
  async start(): Promise<string> {
    const port = await freePort()
    const tsconfigRaw = { compilerOptions: this.#compilerOptions }
    for (const { name, code } of this.#files) {
      const onFreePort = code.replaceAll(PORT, String(port))
      this.#write(scriptOf(name), transformSync(onFreePort, { loader: 'ts', target: 'node20', tsconfigRaw }).code)
    }
    const child = spawn(process.execPath, [scriptOf(this.#files.at(-1)?.name ?? '')], {
      cwd: this.#folder.path,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    child.stderr.on('data', (chunk) => {
      this.#errors += chunk
    })
    const url = `http://localhost:${port}`
    while (!(await answers(url))) {
      if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}:\n${this.#errors}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return url
  }

  /** Runs another file of the folder while the app runs, and returns its output. */
  async run(name: string): Promise<string> {
    const options = { cwd: this.#folder.path, timeout: PATIENCE }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [scriptOf(name)], options)
    return stdout + stderr
  }

  /** Ends the app and removes the folder. */
  async remove(): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    this.#folder.remove()
  }

  #write(name: string, text: string): void {
    const path = join(this.#folder.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

function scriptOf(name: string): string {
  return name.replace(/ts$/, 'js')
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}
