import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { temporaryFolder } from './launch.ts'
import { command, LOOPBACK, type RedisProcess, startNode, stopAll, until } from './redis.ts'
import { clusterPorts } from './redis-cluster.ts'

const SLOTS = 16_384

export interface GrowingRedisCluster {
  url: string
  /** The current masters. */
  readonly masters: readonly RedisProcess[]
  /** Adds masters, and moves slots with their keys until all masters have the same number. */
  grow(count: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a Redis Cluster of one master without replicas, which can grow up to `most` masters. */
export async function growingRedisCluster(most: number): Promise<GrowingRedisCluster> {
  const folder = temporaryFolder('redis-cluster')
  const nodes: RedisProcess[] = []
  try {
    for (const port of await clusterPorts(most)) {
      nodes.push(await startNode(folder.path, port, ['--cluster-enabled', 'yes']))
    }
    const [first] = nodes as [RedisProcess]
    command(first.port, 'cluster', 'addslotsrange', '0', String(SLOTS - 1))
    await until(() => isComplete([first.port], 1), 'the cluster of one master is complete')
  } catch (error) {
    await stopAll(nodes, folder)
    throw error
  }
  const masters = nodes.slice(0, 1)
  return {
    url: `redis+cluster://${LOOPBACK}:${nodes[0]?.port}`,
    masters,
    grow,
    stop: () => stopAll(nodes, folder),
  }

  async function grow(count: number): Promise<void> {
    const added = nodes.slice(masters.length, masters.length + count)
    if (added.length < count) throw new Error(`the cluster has room for ${most} masters`)
    const [first] = nodes as [RedisProcess]
    masters.push(...added)
    for (const { port } of added) command(port, 'cluster', 'meet', LOOPBACK, String(first.port))
    const ports = masters.map(({ port }) => port)
    await until(() => isComplete(ports, ports.length), 'the masters know each other')
    await rebalance(first.port)
    await until(() => isComplete(ports, ports.length), 'the slots are spread')
  }
}

/** Moves slots to the new masters, to which clients are redirected meanwhile. */
async function rebalance(port: number): Promise<void> {
  const args = ['--cluster', 'rebalance', `${LOOPBACK}:${port}`, '--cluster-use-empty-masters', '--cluster-yes']
  await promisify(execFile)('redis-cli', args, { timeout: 300_000 })
}

/** Returns true if each node is serving and knows that many masters. */
function isComplete(ports: number[], masters: number): boolean {
  return ports.every((port) => {
    const known = command(port, 'cluster', 'nodes').trim().split('\n').length
    return known === masters && command(port, 'cluster', 'info').includes('cluster_state:ok')
  })
}
