import { parsedIfJson } from '@sessionbank/databank-kit'
import { createClient, createCluster } from 'redis'
import { UserError } from '../user-error.ts'
import type { Found, SourceFlags } from './found.ts'

const PAGE = 500
/** Of one node: as node-redis reads it. */
const ONE_NODE = /^rediss?:\/\//i
/** Of a cluster: as the driver reads it. */
const CLUSTER = /^redis(s?)\+cluster:\/\/(?:([^@]*)@)?([^@/?]+)\/?$/i

/** What is used of a client: of one node, or of a cluster, which finds the node of each key. */
interface Reader {
  get(key: string): Promise<string | null>
  pTTL(key: string): Promise<number>
  destroy(): void
}

interface Scanner {
  scanIterator(options: { MATCH: string; COUNT: number; TYPE: string }): AsyncIterable<string[]>
}

/** connect-redis keeps the JSON of a session at `<prefix><sid>`, with an expiry of Redis. */
export async function* connectRedis(url: string, { prefix = 'sess:' }: SourceFlags): AsyncGenerator<Found> {
  const { client, nodes } = await opened(url)
  try {
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
    for await (const node of nodes()) {
      for await (const keys of node.scanIterator({ MATCH: pattern, COUNT: PAGE, TYPE: 'string' })) {
        // Before the times that are left are asked for: no session lives longer than it would have.
        const now = Date.now()
        const read = keys.map((key) => Promise.all([client.get(key), client.pTTL(key)]))
        for (const [n, [text, left]] of (await Promise.all(read)).entries()) {
          // -2: it has gone meanwhile.
          if (text === null || left === -2) continue
          const session = parsedIfJson(text)
          // Without a prefix, the keys of all programs are read.
          if (prefix === '' && !hasCookie(session)) continue
          const sid = (keys[n] as string).slice(prefix.length)
          yield { sid, session, expires: left === -1 ? undefined : now + Number(left) }
        }
      }
    }
  } finally {
    client.destroy()
  }
}

/** Connects to one node or a cluster. `nodes` are those that have keys of their own. */
async function opened(url: string): Promise<{ client: Reader; nodes(): AsyncIterable<Scanner> }> {
  const socket = { reconnectStrategy: false as const }
  if (ONE_NODE.test(url)) {
    const client = createClient({ url, socket })
    client.on('error', () => {})
    await client.connect()
    return {
      client,
      async *nodes() {
        yield client
      },
    }
  }
  const [, tls, login = '', hosts] = CLUSTER.exec(url) ?? []
  if (hosts === undefined) {
    throw new UserError(
      'connect-redis is read from redis://host:port, rediss://… or redis+cluster://host:port,host:port',
    )
  }
  const cluster = createCluster({
    rootNodes: hosts.split(',').map((host) => ({ url: `redis${tls}://${host}` })),
    // Of the nodes that a cluster names by itself, too.
    defaults: { ...loginIn(login), socket: { ...socket, ...(tls && { tls: true as const }) } },
  })
  cluster.on('error', () => {})
  await cluster.connect()
  return {
    client: cluster,
    async *nodes() {
      for (const master of cluster.masters) yield await cluster.nodeClient(master)
    },
  }
}

function loginIn(login: string): { username?: string; password?: string } {
  const [username, password] = login.split(':').map(decodeURIComponent)
  return { ...(username && { username }), ...(password && { password }) }
}

function hasCookie(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { cookie?: unknown }).cookie === 'object'
}
