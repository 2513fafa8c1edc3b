import { spawnSync } from 'node:child_process'
import { freePort, isFree, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'
import { command, info, LOOPBACK, missing, type RedisProcess, startNode, stopAll, until } from './redis.ts'

export interface RedisClusterServer extends TestServer {
  /** Masters and replicas, in no particular order, because roles change. */
  nodes: RedisProcess[]
  /** Returns the master of a key's slot according to the other nodes, or null if there is none. */
  masterOf(key: string): RedisProcess | null
}

/** Three masters with one replica each. A dead master is replaced after about 3 s. */
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

function watch(node: RedisProcess, alive: Set<{ port: number }>): RedisProcess {
  return {
    port: node.port,
    get pid() {
      return node.pid
    },
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

/** Returns free ports. The bus of a cluster node uses its port plus 10000, which must be free as well. */
export async function clusterPorts(count: number): Promise<number[]> {
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
