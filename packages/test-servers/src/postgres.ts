import { type ChildProcess, spawnSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { end, freePort, hasProgram, launch, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'

const DEBIAN = '/usr/lib/postgresql'
const USER = 'sessionbank'
const PASSWORD = 'loopback-only'

/** PostgreSQL with its defaults (`fsync` on), on 127.0.0.1 only, with a password. */
export const postgres: ServerKind = {
  name: 'PostgreSQL',

  missing() {
    if (programs() !== null) return null
    return 'initdb and postgres are not installed: apt-get install postgresql (macOS: brew install postgresql)'
  },

  start: () => startPostgres(),
}

/** @param moreSettings called at each start with the data folder */
export async function startPostgres(moreSettings: (data: string) => string[] = () => []): Promise<TestServer> {
  const bin = programs()
  if (bin === null) throw new Error(String(postgres.missing()))
  const folder = temporaryFolder('postgres')
  try {
    return await startIn(folder, bin, moreSettings)
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function startIn(
  folder: { path: string; remove(): void },
  bin: string,
  moreSettings: (data: string) => string[],
): Promise<TestServer> {
  const data = join(folder.path, 'data')
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, PASSWORD)
  const owner = unprivileged()
  if (owner) {
    chownSync(folder.path, owner.uid, owner.gid)
    chownSync(passwordFile, owner.uid, owner.gid)
  }
  const asOwner = { cwd: folder.path, ...owner }
  const layout = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '--no-locale', '--no-sync', ...layout], asOwner)
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`)

  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`]
  const run = () => {
    const args = ['-D', data, ...[...settings, ...moreSettings(data)].flatMap((setting) => ['-c', setting])]
    return launch({ command: join(bin, 'postgres'), args, ...asOwner }, () => ready(bin, port))
  }
  let child = await run()
  return {
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    halt: (signal) => end(child, shutdownSignal(signal)),
    async resume() {
      if (!ended(child)) throw new Error('PostgreSQL is running')
      child = await run()
    },
    async stop() {
      await end(child, 'SIGINT')
      folder.remove()
    },
  }
}

/**
 * Returns the signal to use: SIGINT instead of SIGTERM, which would wait for all clients, and SIGQUIT, PostgreSQL's
 * immediate shutdown without a checkpoint, instead of SIGKILL, which would leave the backends running.
 */
function shutdownSignal(signal: NodeJS.Signals = 'SIGINT'): NodeJS.Signals {
  if (signal === 'SIGTERM') return 'SIGINT'
  if (signal === 'SIGKILL') return 'SIGQUIT'
  return signal
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Waits until the server accepts logins. It refuses clients until recovery has ended, even if the port is open. */
async function ready(bin: string, port: number): Promise<void> {
  const deadline = Date.now() + 60_000
  const probe = ['-q', '-h', '127.0.0.1', '-p', String(port), '-U', USER, '-d', 'postgres']
  while (spawnSync(join(bin, 'pg_isready'), probe).status !== 0) {
    if (Date.now() > deadline) throw new Error('PostgreSQL is not ready after 60 s')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * Returns the folder of the newest version's server programs. Debian keeps each major version in a folder outside the
 * PATH.
 */
function programs(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : []
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'))
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
  if (found !== undefined) return found
  return hasProgram('initdb') && hasProgram('postgres') ? '' : null
}

/** Returns the version, such as `PostgreSQL 15.4`, or null if it is not installed. */
export function postgresVersion(): string | null {
  const bin = programs()
  if (bin === null) return null
  const { stdout } = spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
  return `PostgreSQL ${/\d[\d.]*/.exec(stdout)?.[0]}`
}

/** Returns the output of `pg_dump` for a database. */
export function postgresDump(url: string): Buffer {
  const { stdout, stderr, status } = spawnSync(join(programs() ?? '', 'pg_dump'), [url], { maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(`pg_dump failed: ${stderr}`)
  return stdout
}

/** Returns another user if this process is root, because PostgreSQL refuses to run as root. */
export function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const name = spawnSync('id', ['-u', 'postgres']).status === 0 ? 'postgres' : 'nobody'
  const id = (flag: string) => Number(spawnSync('id', [flag, name]).stdout)
  return { uid: id('-u'), gid: id('-g') }
}
