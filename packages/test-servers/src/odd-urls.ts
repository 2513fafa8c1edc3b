import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Texts in place of hosts and ports, as in a wrongly assembled URL. Nothing listens on port 1. */
const ODD_HOSTS = [
  '',
  ',',
  '127.0.0.1:1,',
  ',127.0.0.1:1',
  '127.0.0.1:1,,127.0.0.1:1',
  '127.0.0.1:1, 127.0.0.1:1',
  '127.0.0.1;127.0.0.1:1',
  '127.0.0.1:0',
  '127.0.0.1:-1',
  '127.0.0.1:99999',
  '127.0.0.1:abc',
  '127.0.0.1:',
  '127.0.0.1:1:1',
  ':1',
  '[::1',
  '[::1]:1',
  '[::1%25lo]:1',
  '[]:1',
  '[zz]:1',
  '::1',
  '..',
  '*',
  '<>',
  '%',
  '%00',
  '%2C',
  '%3A1',
  '%5B',
  '%40',
  'a%2525b',
  '%2Ftmp%2Fno.sock',
  'a b',
  'xn--a:1',
  'ü:1',
  '🐘:1',
  `${'a'.repeat(300)}.invalid`,
]

/** Returns URLs of a scheme with odd hosts, each with and without a login. */
export function oddUrls(scheme: string, login: string, path: string): string[] {
  return ODD_HOSTS.flatMap((hosts) => {
    return [`${scheme}://${hosts}${path}`, `${scheme}://${login}@${hosts}${path}`]
  })
}

/** The outcome of opening a URL: `code` is null if it opened. */
export type OpeningOutcome = { url: string; code: string; message: string } | { url: string; code: null }

/** A built driver. */
export interface BuiltDriver {
  /** The folder of its package. */
  folder: string
  className: string
}

/**
 * Opens all URLs in one child process. Rejects unless that ends with the status 0, for example because of an unhandled
 * error.
 *
 * @param env added to the environment of the process
 */
export async function openInChild(
  driver: BuiltDriver,
  urls: string[],
  timeout: number,
  env: NodeJS.ProcessEnv = {},
): Promise<OpeningOutcome[]> {
  const args = [join(__dirname, '../dist/open-urls.js'), driver.folder, driver.className, String(timeout)]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  child.stdin.end(JSON.stringify(urls))
  const status = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
  const [written, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  if ((await status) !== 0) throw new Error(`the process ended with ${await status}:\n${complaints}`)
  const outcomes: ({ code: string; message: string } | null)[] = JSON.parse(written)
  return outcomes.map((outcome, n) => ({ url: urls[n] as string, ...(outcome ?? { code: null }) }))
}
