import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A server that was started for tests, on a free loopback port, with its data in a temporary folder. */
export interface TestServer {
  /** The URL for `openDatabank`. */
  url: string
  port: number
  /** Stops the process, but keeps its port and data. */
  halt(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again after `halt`, with the same port and data. */
  resume(): Promise<void>
  /** Stops it for good and removes its data. */
  stop(): Promise<void>
}

/** A kind of server: how to start it, and what to install if it is missing. */
export interface ServerKind<Server extends TestServer = TestServer> {
  name: string
  /** Returns null if it is installed, else a line that says what is missing and how to get it. */
  missing(): string | null
  /** True if its tests may be skipped in CI as well, because not every machine can have it. Default: false. */
  isOptional?: boolean
  start(): Promise<Server>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Command {
  command: string
  args: string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
  uid?: number
  gid?: number
}

/** Starts a process, and returns it when `ready` resolves. Rejects with its output if it ends first. */
export async function launch(
  { command, args, ...options }: Command,
  ready: () => Promise<void>,
): Promise<ChildProcess> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const died = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      running.delete(child)
      reject(new Error(`${command} ended with ${code}:\n${output}`))
    })
  })
  died.catch(() => {})
  try {
    await Promise.race([ready(), died])
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return child
}

/** Sends a signal to a process and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(force)
}

/** Ports for servers are below the system's range for outgoing connections. The bus of a cluster node adds 10000. */
const FIRST_PORT = 10_000
const PORTS_OF_A_PROCESS = 100

/**
 * Returns a port on which nothing listens. Test processes that run at the same time use different ranges, because a
 * port is free until its server has started, and again while the server is halted.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const range = FIRST_PORT + (process.pid % 100) * PORTS_OF_A_PROCESS
    const port = range + Math.floor(Math.random() * PORTS_OF_A_PROCESS)
    if (await isFree(port)) return port
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Resolves when something accepts connections on the port. */
export async function listening(port: number, timeout = 60_000): Promise<void> {
  const deadline = Date.now() + timeout
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port} after ${timeout} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `sessionbank-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Returns true if a program is on the PATH. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}
