import type { Address } from './address.ts'
import {
  type AnyNodeRedis,
  ClientNode,
  ClusterRoutes,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  PLAIN,
  SentinelNode,
} from './node-redis-nodes.ts'
import { RedisConnection } from './redis-connection.ts'

/** The part of the package `redis` (5 and later) that the driver uses. */
export interface NodeRedisLibrary {
  createClient(options: object): NodeRedisClient
  createCluster(options: object): NodeRedisCluster
  createSentinel(options: object): NodeRedisSentinel
}

/** What our own clients depend on. */
export interface OwnOptions {
  /** In ms. */
  timeout: number
  /** Returns true once the first connection has been made, so that a lost one is made again. */
  isOpened(): boolean
}

/** Makes a client of our own, with options under which nothing waits in a queue and nothing is sent twice. */
export function createNodeRedis(library: NodeRedisLibrary, address: Address, { timeout, isOpened }: OwnOptions) {
  const { username, password, tls, hosts, database, master } = address
  const socket = {
    connectTimeout: timeout,
    // After 50 ms, and later every second.
    reconnectStrategy: (retries: number) => isOpened() && Math.min(50 * 2 ** retries, 1_000),
    // A connection that is idle and died without a word is found out by a ping without an answer.
    socketTimeout: timeout * 2,
    ...(tls && { tls }),
  }
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const client = { ...login, socket, pingInterval: timeout, disableOfflineQueue: true, commandOptions: PLAIN }
  if (address.kind === 'cluster') {
    return library.createCluster({
      rootNodes: hosts.map((host) => ({ socket: host })),
      defaults: client,
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
  }
  if (address.kind === 'sentinel') {
    return library.createSentinel({
      name: master,
      sentinelRootNodes: hosts,
      nodeClientOptions: { ...client, database },
      sentinelClientOptions: { socket: { connectTimeout: timeout, ...(tls && { tls }) } },
      maxCommandRediscovers: 0,
      commandOptions: PLAIN,
    })
  }
  return library.createClient({ ...client, socket: { ...hosts[0], ...socket }, database })
}

/** Returns whether something handed in is a client of the package `redis`. */
export function isNodeRedis(client: object): client is AnyNodeRedis {
  return 'sendCommand' in client && 'isOpen' in client && 'destroy' in client && 'multi' in client
}

export function isSentinel(client: AnyNodeRedis): client is NodeRedisSentinel {
  return 'getSentinelNode' in client || 'acquire' in client
}

/**
 * Returns a client of our own with the options of another, which sends again by itself what failed, unless it is told not
 * to; null if the version of the library cannot make one.
 */
export function duplicateSentinel(client: NodeRedisSentinel): NodeRedisSentinel | null {
  return client.duplicate?.({ maxCommandRediscovers: 0, commandOptions: PLAIN }) ?? null
}

/** @param silence after how many ms without an answer to connect again; absent for a client of the app */
export function overNodeRedis(client: AnyNodeRedis, close: () => void, silence?: number): RedisConnection {
  if ('slots' in client) {
    return new RedisConnection(new ClusterRoutes(client, silence), prefixed(client._keyPrefix), close)
  }
  if (isSentinel(client)) return new RedisConnection(new SentinelNode(client), prefixed(client._keyPrefix), close)
  return new RedisConnection(new ClientNode(client, silence), prefixed(client.options?.keyPrefix), close)
}

/** `sendCommand` leaves keys as they are. */
const prefixed = (keyPrefix = '') => ({ keyPrefix, isAutomatic: false })
