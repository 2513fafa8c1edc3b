import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'
import {
  command,
  info,
  LOOPBACK,
  missing,
  type RedisProcess,
  startNode,
  startProcess,
  stopAll,
  until,
} from './redis.ts'

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
