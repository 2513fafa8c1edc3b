import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'

/** Clients as an app creates them, with the defaults of their libraries. */
export interface AppClient {
  client: object
  /** Runs a command through the client itself, to check that it still works. */
  get(key: string): Promise<unknown>
  close(): Promise<void>
}

type Make = (url: string, options?: object) => Promise<AppClient>

const hosts = (url: string) =>
  url
    .replace(/^.*:\/\//, '')
    .replace(/\/.*$/, '')
    .split(',')
    .map((host) => {
      const [name = '', port] = host.split(':')
      return { host: name, port: Number(port) }
    })

export const SINGLE: Record<string, Make> = {
  async redis(url, options = {}) {
    const client = createClient({ url, ...options })
    client.on('error', () => {})
    await client.connect()
    return { client, get: (key) => client.get(key), close: async () => client.destroy() }
  },
  async ioredis(url, options = {}) {
    const client = new Redis(url, options)
    client.on('error', () => {})
    return { client, get: (key) => client.get(key), close: async () => client.disconnect() }
  },
}

export const CLUSTER: Record<string, Make> = {
  async redis(url, options = {}) {
    const client = createCluster({ rootNodes: hosts(url).map((socket) => ({ socket })), ...options })
    client.on('error', () => {})
    await client.connect()
    return { client, get: (key) => client.get(key), close: async () => client.destroy() }
  },
  async ioredis(url, options = {}) {
    const client = new Cluster(hosts(url), options)
    client.on('error', () => {})
    return { client, get: (key) => client.get(key), close: async () => client.disconnect() }
  },
}

export const SENTINEL: Record<string, Make> = {
  async redis(url, options = {}) {
    const client = createSentinel({ name: 'main', sentinelRootNodes: hosts(url), ...options })
    client.on('error', () => {})
    await client.connect()
    return { client, get: (key) => client.get(key), close: async () => client.destroy() }
  },
  async ioredis(url, options = {}) {
    const client = new Redis({ sentinels: hosts(url), name: 'main', ...options })
    client.on('error', () => {})
    return { client, get: (key) => client.get(key), close: async () => client.disconnect() }
  },
}
