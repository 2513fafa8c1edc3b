import { isIP } from 'node:net'
import type { TlsConnection } from '@sessionbank/databank-kit'
import type { Address } from './address.ts'
import {
  type AnyNodeRedis,
  ClientNode,
  type Cluster,
  ClusterRoutes,
  destroy,
  PLAIN,
  type Sentinel,
  SentinelNode,
  type Single,
} from './node-redis-nodes.ts'
import { type OwnOptions, RedisClient, type RedisNode, type Routes } from './redis-client.ts'

/** The part of the package `redis` (5 and later) that the driver uses. */
export interface NodeRedisLibrary {
  createClient(options: object): Single
  createCluster(options: object): Cluster
  createSentinel(options: object): Sentinel
}

/** Returns true for a client of the package `redis`. */
export function isNodeRedis(client: object): client is AnyNodeRedis {
  return 'sendCommand' in client && 'isOpen' in client && 'destroy' in client && 'multi' in client
}

export class NodeRedisClient extends RedisClient {
  readonly raw: AnyNodeRedis

  /** @param silence see {@link ClientNode}; infinity for the app's client, which is never reconnected */
  constructor(client: AnyNodeRedis, silence = Number.POSITIVE_INFINITY) {
    const keyPrefix = client._keyPrefix ?? client.options?.keyPrefix ?? ''
    // `sendCommand` does not add the prefix to keys.
    super(targetOf(client, silence), keyPrefix, keyPrefix)
    this.raw = client
  }

  get isEnded(): boolean {
    return !this.raw.isOpen
  }

  end(): void {
    destroy(this.raw)
  }

  /** Only a Sentinel client resends. Some versions of the library cannot copy it. */
  copyIfResending(): RedisClient | null {
    if (!isSentinel(this.raw)) return null
    const copy = this.raw.duplicate?.({ maxCommandRediscovers: 0, commandOptions: PLAIN })
    return copy ? new NodeRedisClient(copy) : null
  }
}

/** Creates the driver's own client, with options that turn off its queue and resending. */
export function createNodeRedis(
  library: NodeRedisLibrary,
  address: Address,
  tls: TlsConnection | undefined,
  own: OwnOptions,
): NodeRedisClient {
  const { kind, username, password, hosts, database, master } = address
  const { timeout } = own
  // Node sends SNI only if `servername` is set. A proxy may need it. The hosts of a cluster would need different names.
  const [first] = hosts
  const name = kind === 'single' && first && !isIP(first.host) ? { servername: first.host } : {}
  const secure = tls && { tls: true, ...name, ...tls }
  const socket = {
    connectTimeout: timeout,
    // Waits 50 ms before the first attempt, and at most 1 s before later ones.
    reconnectStrategy: (retries: number) => own.isOpened && Math.min(50 * 2 ** retries, 1_000),
    // An unanswered ping reveals an idle connection that is dead.
    socketTimeout: timeout * 2,
    ...secure,
  }
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const options = { ...login, socket, pingInterval: timeout, disableOfflineQueue: true, commandOptions: PLAIN }
  if (kind === 'cluster') {
    const cluster = library.createCluster({
      rootNodes: hosts.map((host) => ({ socket: host })),
      defaults: options,
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
    return new NodeRedisClient(cluster, timeout)
  }
  if (kind === 'sentinel') {
    const sentinel = library.createSentinel({
      name: master,
      sentinelRootNodes: hosts,
      nodeClientOptions: { ...options, database },
      sentinelClientOptions: { socket: { connectTimeout: timeout, ...secure } },
      maxCommandRediscovers: 0,
      commandOptions: PLAIN,
    })
    return new NodeRedisClient(sentinel)
  }
  const client = library.createClient({ ...options, socket: { ...first, ...socket }, database })
  return new NodeRedisClient(client, timeout)
}

function targetOf(client: AnyNodeRedis, silence: number): RedisNode | Routes {
  if ('slots' in client) return new ClusterRoutes(client, silence)
  return isSentinel(client) ? new SentinelNode(client) : new ClientNode(client, silence)
}

function isSentinel(client: AnyNodeRedis): client is Sentinel {
  return 'getSentinelNode' in client || 'acquire' in client
}
