import { parsedIfJson } from '@sessionbank/databank-kit'
import { createClient, createCluster } from 'redis'
import { UserError } from '../user-error.ts'

const PAGE = 500
/** The URL of one node, as in node-redis. */
const ONE_NODE = /^rediss?:\/\//i
/** The URL of a cluster, as in the driver. */
const CLUSTER = /^redis(s?)\+cluster:\/\/(?:([^@]*)@)?([^@/?]+)\/?$/i

/** A text stored in Redis. */
export interface HeldText {
  key: string
  /** The parsed text; undefined if it is not JSON. */
  value: unknown
  /** In ms since the epoch; undefined if the key has no expiry. */
  expires: number | undefined
}

/** The methods used of a client, of one node or of a cluster. */
interface Reader {
  get(key: string): Promise<string | null>
  pTTL(key: string): Promise<number>
  destroy(): void
}

interface Scanner {
  scanIterator(options: { MATCH: string; COUNT: number; TYPE: string }): AsyncIterable<string[]>
}

/** Streams the texts of all keys with a prefix. */
export async function* inRedis(url: string, prefix: string): AsyncGenerator<HeldText> {
  const { client, nodes } = await opened(url)
  try {
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
    for await (const node of nodes()) {
      for await (const keys of node.scanIterator({ MATCH: pattern, COUNT: PAGE, TYPE: 'string' })) {
        // Taken before the remaining times are read, so that no expiry becomes later.
        const now = Date.now()
        const read = keys.map((key) => Promise.all([client.get(key), client.pTTL(key)]))
        for (const [n, [text, left]] of (await Promise.all(read)).entries()) {
          // -2 means that the key is gone.
          if (text === null || left === -2) continue
          yield {
            key: keys[n] as string,
            value: parsedIfJson(text),
            expires: left === -1 ? undefined : now + Number(left),
          }
        }
      }
    }
  } finally {
    client.destroy()
  }
}

/** Connects to one node or a cluster. `nodes` returns the clients to scan for keys. */
async function opened(given: string): Promise<{ client: Reader; nodes(): AsyncIterable<Scanner> }> {
  // node-redis does not know the scheme valkey.
  const url = given.replace(/^valkey/i, 'redis')
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
      'this kind needs redis://host:port, rediss://… or redis+cluster://host:port,host:port as <from>',
    )
  }
  const cluster = createCluster({
    rootNodes: hosts.split(',').map((host) => ({ url: `redis${tls}://${host}` })),
    // Also applies to nodes that the cluster announces.
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
  // Splits at the first colon only: a password may contain more.
  const at = login.indexOf(':')
  const [username, password] = (at < 0 ? [login] : [login.slice(0, at), login.slice(at + 1)]).map(decodeURIComponent)
  return { ...(username && { username }), ...(password && { password }) }
}
