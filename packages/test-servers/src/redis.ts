import { type ChildProcess, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

import { join } from 'node:path'
import {
  end,
  freePort,
  hasProgram,
  isFree,
  launch,
  type ServerKind,
  type TestServer,
  temporaryFolder,
} from './launch.ts'

const LOOPBACK = '127.0.0.1'

function missing(): string | null {
  if (hasProgram('redis-server') && hasProgram('redis-cli')) return null
  return 'redis-server is not installed: apt-get install redis-server (macOS: brew install redis)'
}

/** A process of Redis that can go away and come back with its data. */
export interface RedisProcess {
  port: number
  halt(signal?: NodeJS.Signals): Promise<void>
  resume(): Promise<void>
}

/** One node; each write is on disk (in the system's cache) before it is answered. */
export const redis: ServerKind = oneRedis('Redis')

/** One node without the command INFO, as some services offer it. */
export const redisWithoutInfo: ServerKind = oneRedis('Redis without INFO', ['--rename-command', 'INFO', ''])

function oneRedis(name: string, settings: string[] = []): ServerKind {
  return {
    name,
    missing,
    async start(): Promise<TestServer> {
      const folder = temporaryFolder('redis')
      try {
        const node = await startNode(folder.path, await freePort(), settings)
        return { ...node, url: `redis://${LOOPBACK}:${node.port}`, stop: () => stopAll([node], folder) }
      } catch (error) {
        folder.remove()
        throw error
      }
    },
  }
}

export interface RedisClusterServer extends TestServer {
  /** Masters and replicas, in no order: a replica may be a master by now. */
  nodes: RedisProcess[]
  /** The node that is master of the slot of a key, as the others see it; null while there is none. */
  masterOf(key: string): RedisProcess | null
}

/** Three masters with a replica each. A dead master is replaced after about 3 s. */
export const redisCluster: ServerKind & { start(): Promise<RedisClusterServer> } = {
  name: 'Redis Cluster',
  missing,
  async start(): Promise<RedisClusterServer> {
    const folder = temporaryFolder('redis-cluster')
    const nodes: RedisProcess[] = []
    try {
      const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--repl-diskless-sync-delay', '0']
      for (const port of await clusterPorts(6)) nodes.push(await startNode(folder.path, port, settings))
      await makeCluster(nodes.map(({ port }) => port))
    } catch (error) {
      await stopAll(nodes, folder)
      throw error
    }
    const alive = new Set(nodes)
    const watched = nodes.map((node) => watch(node, alive))
    return {
      url: `redis+cluster://${watched.map(({ port }) => `${LOOPBACK}:${port}`).join(',')}`,
      port: (watched[0] as RedisProcess).port,
      nodes: watched,
      masterOf: (key) => masterOf(key, watched, [...alive]),
      halt: async (signal) => void (await Promise.all(watched.map((node) => node.halt(signal)))),
      resume: async () => void (await Promise.all(watched.map((node) => node.resume()))),
      stop: () => stopAll(watched, folder),
    }
  },
}

export interface RedisSentinelServer extends TestServer {
  /** The master at the start, and its replica. */
  nodes: RedisProcess[]
}

/** A master and a replica, watched by one Sentinel (enough for tests) under the name `main`. */
export const redisSentinel: ServerKind & { start(): Promise<RedisSentinelServer> } = {
  name: 'Redis Sentinel',
  missing,
  async start(): Promise<RedisSentinelServer> {
    const folder = temporaryFolder('redis-sentinel')
    const nodes: RedisProcess[] = []
    try {
      const master = await startNode(folder.path, await freePort())
      nodes.push(master)
      const settings = ['--replicaof', LOOPBACK, String(master.port), '--repl-diskless-sync-delay', '0']
      nodes.push(await startNode(folder.path, await freePort(), settings))
      await until(() => info(master.port, 'replication').includes('state=online'), 'the replica is online')
      const port = await freePort()
      const sentinel = await startSentinel(folder.path, port, master.port)
      const [first, second] = nodes as [RedisProcess, RedisProcess]
      const all = [sentinel, first, second]
      return {
        url: `redis+sentinel://${LOOPBACK}:${port}/main`,
        port,
        nodes,
        halt: async (signal) => void (await Promise.all(all.map((node) => node.halt(signal)))),
        resume: async () => void (await Promise.all(all.map((node) => node.resume()))),
        stop: () => stopAll(all, folder),
      }
    } catch (error) {
      await stopAll(nodes, folder)
      throw error
    }
  },
}

async function startNode(folder: string, port: number, settings: string[] = []): Promise<RedisProcess> {
  const files = ['--dir', folder, '--appenddirname', `aof-${port}`, '--cluster-config-file', `nodes-${port}.conf`]
  const durability = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--dbfilename', `${port}.rdb`]
  const network = ['--port', String(port), '--bind', LOOPBACK]
  return startProcess(port, [...network, ...files, ...durability, ...settings])
}

async function startSentinel(folder: string, port: number, masterPort: number): Promise<RedisProcess> {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    `bind ${LOOPBACK}`,
    `dir ${folder}`,
    `sentinel monitor main ${LOOPBACK} ${masterPort} 1`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 5000',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const process = await startProcess(port, [file, '--sentinel'])
  await until(() => command(port, 'sentinel', 'replicas', 'main').includes('flags'), 'Sentinel knows the replica')
  return process
}

async function startProcess(port: number, args: string[]): Promise<RedisProcess> {
  const run = () => launch({ command: 'redis-server', args }, () => answers(port))
  let child: ChildProcess = await run()
  return {
    port,
    halt: (signal) => end(child, signal),
    async resume() {
      if (child.exitCode === null && child.signalCode === null)
        throw new Error(`redis-server on port ${port} is running`)
      child = await run()
    },
  }
}

async function stopAll(nodes: RedisProcess[], folder: { remove(): void }): Promise<void> {
  await Promise.all(nodes.map((node) => node.halt('SIGKILL')))
  folder.remove()
}

function watch(node: RedisProcess, alive: Set<{ port: number }>): RedisProcess {
  return {
    port: node.port,
    async halt(signal) {
      alive.delete(node)
      await node.halt(signal)
    },
    async resume() {
      await node.resume()
      alive.add(node)
    },
  }
}

/** The bus of a cluster node is on its port plus 10000, which has to be free as well. */
async function clusterPorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = await freePort()
    if (await isFree(port + 10_000)) ports.add(port)
  }
  return [...ports]
}

async function makeCluster(ports: number[]): Promise<void> {
  const hosts = ports.map((port) => `${LOOPBACK}:${port}`)
  const made = spawnSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-replicas', '1', '--cluster-yes'], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (made.status !== 0) throw new Error(`redis-cli --cluster create failed:\n${made.stdout}${made.stderr}`)
  const complete = (port: number) => {
    const replicas = command(port, 'cluster', 'nodes')
      .split('\n')
      .filter((line) => /\bslave\b/.test(line)).length
    return command(port, 'cluster', 'info').includes('cluster_state:ok') && replicas === 3
  }
  const synchronised = (port: number) => /state=online|master_link_status:up/.test(info(port, 'replication'))
  await until(() => ports.every((port) => complete(port) && synchronised(port)), 'the cluster is complete')
}

function masterOf(key: string, nodes: RedisProcess[], alive: { port: number }[]): RedisProcess | null {
  const port = alive[0]?.port
  if (port === undefined) throw new Error('no node of the cluster is running')
  const slot = Number(command(port, 'cluster', 'keyslot', key))
  for (const line of command(port, 'cluster', 'nodes').split('\n')) {
    const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ')
    if (!flags.includes('master') || flags.includes('fail')) continue
    const serves = ranges.some((range) => {
      const [from = Number.NaN, to = from] = range.split('-').map(Number)
      return slot >= from && slot <= to
    })
    const node = serves && nodes.find((each) => address.startsWith(`${LOOPBACK}:${each.port}@`))
    if (node) return node
  }
  return null
}

function info(port: number, section: string): string {
  return command(port, 'info', section)
}

function command(port: number, ...args: string[]): string {
  const { stdout } = spawnSync('redis-cli', ['-h', LOOPBACK, '-p', String(port), ...args], { encoding: 'utf8' })
  return stdout
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited for 60 s until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Resolves once the server answers PING: after it has loaded its data. */
async function answers(port: number): Promise<void> {
  await until(() => command(port, 'ping').startsWith('PONG'), `redis-server answers on port ${port}`)
}
