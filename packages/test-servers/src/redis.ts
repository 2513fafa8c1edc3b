import { type ChildProcess, spawnSync } from 'node:child_process'
import { end, freePort, hasProgram, launch, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'

export const LOOPBACK = '127.0.0.1'

export function missing(): string | null {
  if (hasProgram('redis-server') && hasProgram('redis-cli')) return null
  return 'redis-server is not installed: apt-get install redis-server (macOS: brew install redis)'
}

function missingValkey(): string | null {
  if (!hasProgram('valkey-server'))
    return 'valkey-server is not installed: apt-get install valkey-server (Debian 12: from its backports)'
  return missing()
}

/** A Redis process that can be stopped and started again with its data. */
export interface RedisProcess {
  port: number
  readonly pid: number
  halt(signal?: NodeJS.Signals): Promise<void>
  resume(): Promise<void>
}

/** One node. Each write is on disk (in the system's cache) before it is acknowledged. */
export const redis: ServerKind = oneRedis('Redis')

/** One node without the command INFO, as in some hosted services. */
export const redisWithoutInfo: ServerKind = oneRedis('Redis without INFO', ['--rename-command', 'INFO', ''])

/** One node of Valkey. */
export const valkey: ServerKind = {
  ...oneRedis('Valkey', [], { program: 'valkey-server', scheme: 'valkey' }),
  missing: missingValkey,
  // Debian 12 has it only in its backports.
  isOptional: true,
}

function oneRedis(
  name: string,
  settings: string[] = [],
  { program, scheme } = { program: 'redis-server', scheme: 'redis' },
): ServerKind {
  return {
    name,
    missing,
    async start(): Promise<TestServer> {
      const folder = temporaryFolder('redis')
      try {
        const node = await startNode(folder.path, await freePort(), settings, program)
        const url = `${scheme}://${LOOPBACK}:${node.port}`
        return Object.assign(node, { url, stop: () => stopAll([node], folder) })
      } catch (error) {
        folder.remove()
        throw error
      }
    },
  }
}

export async function startNode(
  folder: string,
  port: number,
  settings: string[] = [],
  program?: string,
): Promise<RedisProcess> {
  const files = ['--dir', folder, '--appenddirname', `aof-${port}`, '--cluster-config-file', `nodes-${port}.conf`]
  const durability = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--dbfilename', `${port}.rdb`]
  const network = ['--port', String(port), '--bind', LOOPBACK]
  return startProcess(port, [...network, ...files, ...durability, ...settings], program)
}

export async function startProcess(port: number, args: string[], program = 'redis-server'): Promise<RedisProcess> {
  const run = () => launch({ command: program, args }, () => answers(port))
  let child: ChildProcess = await run()
  return {
    port,
    get pid() {
      return child.pid as number
    },
    halt: (signal) => end(child, signal),
    async resume() {
      if (child.exitCode === null && child.signalCode === null) throw new Error(`${program} on port ${port} is running`)
      child = await run()
    },
  }
}

export async function stopAll(nodes: RedisProcess[], folder: { remove(): void }): Promise<void> {
  await Promise.all(nodes.map((node) => node.halt('SIGKILL')))
  folder.remove()
}

export function info(port: number, section: string): string {
  return command(port, 'info', section)
}

export function command(port: number, ...args: string[]): string {
  const { stdout } = spawnSync('redis-cli', ['-h', LOOPBACK, '-p', String(port), ...args], { encoding: 'utf8' })
  return stdout
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited for 60 s until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Resolves when the server answers PING, after it has loaded its data. */
async function answers(port: number): Promise<void> {
  await until(() => command(port, 'ping').startsWith('PONG'), `redis-server answers on port ${port}`)
}
