import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority, missingOpenssl } from './certificates.ts'
import { type ServerKind, temporaryFolder } from './launch.ts'
import { command, LOOPBACK, missing, type RedisProcess, startNode, startProcess, until } from './redis.ts'
import { clusterPorts } from './redis-cluster.ts'
import type { ServerTls, TlsServer } from './tls-server.ts'

/** A cluster of one node must be told its own address. With `tls-cluster` it announces its TLS port to clients. */
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-announce-ip', LOOPBACK, '--tls-cluster', 'yes']

/** Redis over TLS, with a second port without TLS for the commands of the tests. */
export const redisOverTls = kindOf('Redis over TLS', 'rediss', async (folder, [plain, port], tls) => {
  return [await startNode(folder, plain, ['--tls-port', String(port), ...tls])]
})

/** Redis over TLS as a cluster of one master. */
export const redisClusterOverTls = kindOf(
  'Redis Cluster over TLS',
  'rediss+cluster',
  async (folder, [plain, port], tls) => {
    const node = await startNode(folder, plain, [...CLUSTER, '--tls-port', String(port), ...tls])
    command(plain, 'cluster', 'addslotsrange', '0', '16383')
    await until(() => command(plain, 'cluster', 'info').includes('cluster_state:ok'), 'the cluster of one is complete')
    return [node]
  },
)

/** Redis over TLS as one master without a replica, watched by a Sentinel under the name `main`. */
export const redisSentinelOverTls = kindOf(
  'Redis Sentinel over TLS',
  'rediss+sentinel',
  async (folder, [plain, port, masterPlain, masterPort], tls) => {
    const master = await startNode(folder, masterPlain, ['--tls-port', String(masterPort), ...tls])
    const file = join(folder, 'sentinel.conf')
    writeFileSync(file, `sentinel monitor main ${LOOPBACK} ${masterPort} 1\n`)
    const ports = ['--port', String(plain), '--tls-port', String(port), '--bind', LOOPBACK, '--dir', folder]
    const sentinel = await startProcess(plain, [file, '--sentinel', ...ports, '--tls-replication', 'yes', ...tls])
    return [sentinel, master]
  },
)

type Ports = [plain: number, port: number, masterPlain: number, masterPort: number]

/** @param start starts the processes with the TLS settings; the one for clients uses the second port */
function kindOf(
  name: string,
  scheme: string,
  start: (folder: string, ports: Ports, tls: string[]) => Promise<RedisProcess[]>,
): ServerKind<TlsServer> {
  return {
    name,
    missing: () => missing() ?? missingOpenssl(),
    async start() {
      const authority = certificateAuthority()
      const folder = temporaryFolder('redis-tls')
      const ports = (await clusterPorts(4)) as Ports
      let processes: RedisProcess[] = []
      const halt = async (signal?: NodeJS.Signals) => {
        await Promise.all(processes.map((each) => each.halt(signal)))
      }
      const present = async (tls: ServerTls) => {
        const settings = settingsOf(tls, authority.caFile)
        const [node, sentinel] = processes
        if (node && !sentinel) return void command(ports[0], 'config', 'set', ...settings.flat())
        // A Sentinel reads its certificate only at its start.
        await halt('SIGKILL')
        processes = await start(
          folder.path,
          ports,
          settings.flatMap(([name, value]) => [`--${name}`, value]),
        )
      }
      const stop = async () => {
        await halt('SIGKILL')
        folder.remove()
        authority.remove()
      }
      try {
        await present({ certificate: authority.issue() })
      } catch (error) {
        await stop()
        throw error
      }
      const url = `${scheme}://${LOOPBACK}:${ports[1]}${scheme.endsWith('sentinel') ? '/main' : ''}`
      const resume = async () => void (await Promise.all(processes.map((each) => each.resume())))
      return { url, port: ports[1], authority, present, halt, resume, stop }
    },
  }
}

function settingsOf({ certificate, wantsClientCertificate = false }: ServerTls, caFile: string): [string, string][] {
  return [
    ['tls-cert-file', certificate.certFile],
    ['tls-key-file', certificate.keyFile],
    ['tls-ca-cert-file', caFile],
    ['tls-auth-clients', wantsClientCertificate ? 'yes' : 'no'],
  ]
}
