import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from '../client.ts'
import { AppFolder } from '../documents.ts'

const ROOT = join(__dirname, '../../../..')
const BIN = join(ROOT, 'packages/cli/bin/sessionbank.js')
const SITES = pathToFileURL(join(__dirname, 'sites.mjs')).href
/** How long a command may take on a busy machine, in ms. */
const PATIENCE = 120_000

export type Framework = 'express' | 'koa' | 'fastify'
type Language = 'js' | 'json' | 'sh'

/** Returns the block of a page whose first line, or a command in it, begins with the words. */
export function block(page: string, language: Language, words: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = Array.from(
    text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')),
    ([, code]) => code as string,
  )
  const found = blocks.find((code) => (language === 'js' ? code.startsWith(`// ${words}\n`) : code.includes(words)))
  if (found === undefined) throw new Error(`${page} has no block with ${words}`)
  return found
}

/** Texts of a page, and the test's values that replace them, such as the URL of a server. */
export type Replacements = Record<string, string>

/** Runs the code of pages: apps in one process, commands in a folder. */
export class Pages {
  readonly folder = new AppFolder()
  readonly #host = fork(join(__dirname, 'app-host.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  readonly #ready = this.#answer()
  #apps = 0

  /** Starts an app that contains lines of a page. */
  async app(framework: Framework, lines: string, replacements: Replacements): Promise<{ url: string }> {
    await this.#ready
    const file = join(this.folder.path, `app-${this.#apps++}.mjs`)
    writeFileSync(
      file,
      `import { createRequire } from 'node:module'
       import { ${framework}Site } from '${SITES}'
       const require = createRequire(import.meta.url)
       const app = ${framework}Site()
       ${replaced(lines, replacements)}
       export const url = await app.url`,
    )
    this.#host.send({ file: pathToFileURL(file).href })
    const { url, failure } = await this.#answer()
    if (failure) throw new Error(failure)
    return { url }
  }

  /** Moves the clock of the apps, in ms. */
  async advance(ms: number): Promise<void> {
    this.#host.send({ advance: ms })
    await this.#answer()
  }

  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of the host's answer
  async #answer(): Promise<any> {
    const isOver = new AbortController()
    const { signal } = isOver
    const ended = once(this.#host, 'exit', { signal }).then(() => {
      throw new Error('the process of the apps has ended')
    })
    try {
      const [message] = await Promise.race([once(this.#host, 'message', { signal }), ended])
      return message
    } finally {
      isOver.abort()
    }
  }

  /** Writes a file that a command needs. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder.path, name), text)
  }

  /** Runs a command of a page with this repository's CLI, and returns its output. */
  command(line: string, replacements: Replacements, env: Record<string, string> = {}): Promise<string> {
    const [npx, cli, ...args] = replaced(line.trim(), replacements).split(' ')
    if (npx !== 'npx' || cli !== '@sessionbank/cli') throw new Error(`${line} is not a command of @sessionbank/cli`)
    const options = { cwd: this.folder.path, env: { ...process.env, ...env }, timeout: PATIENCE }
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [BIN, ...args], options, (error, output, errors) => {
        if (error) reject(new Error(`${error.message}\n${errors}`))
        else resolve(output)
      })
    })
  }

  async remove(): Promise<void> {
    this.#ready.catch(() => {})
    if (this.#host.exitCode === null && this.#host.signalCode === null) {
      this.#host.kill('SIGKILL')
      await once(this.#host, 'exit')
    }
    await this.folder.remove()
  }
}

/** @throws if a text to replace is missing, because the page has changed */
function replaced(text: string, replacements: Replacements): string {
  let result = text
  for (const [words, other] of Object.entries(replacements)) {
    if (!result.includes(words)) throw new Error(`there is no ${words} in:\n${text}`)
    result = result.replaceAll(words, other)
  }
  return result
}

/**
 * Returns a browser that has logged in.
 *
 * @param keeps if true, the browser keeps expired cookies, like an attacker
 */
export async function loggedIn(
  site: { url: string },
  input: { user: string; isBrief?: boolean },
  keeps?: 'whatever its end',
): Promise<Client> {
  const client = new Client(site)
  const { status, setCookies } = await client.request('login', input)
  if (status !== 200 || setCookies.length === 0) throw new Error(`the login answered ${status}, and no cookie`)
  return keeps ? client.forge(setCookies.map((header) => header.split(';')[0]).join('; ')) : client
}
