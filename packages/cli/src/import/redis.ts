import { parsedIfJson } from '@sessionbank/databank-kit'
import { createClient, createCluster } from 'redis'
import { UserError } from '../user-error.ts'

const PAGE = 500
/** Of one node: as node-redis reads it. */
const ONE_NODE = /^rediss?:\/\//i
/** Of a cluster: as the driver reads it. */
const CLUSTER = /^redis(s?)\+cluster:\/\/(?:([^@]*)@)?([^@/?]+)\/?$/i

/** A text that Redis holds. */
export interface HeldText {
  key: string
  /** The text as JSON; undefined if it is none. */
  value: unknown
  /** In ms since the epoch; undefined if Redis keeps it for ever. */
  expires: number | undefined
}

/** What is used of a client: of one node, or of a cluster, which finds the node of each key. */
interface Reader {
  get(key: string): Promise<string | null>
  pTTL(key: string): Promise<number>
  destroy(): void
}

interface Scanner {
  scanIterator(options: { MATCH: string; COUNT: number; TYPE: string }): AsyncIterable<string[]>
}

/** Streams the texts whose keys begin with a prefix. */
export async function* inRedis(url: string, prefix: string): AsyncGenerator<HeldText> {
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

/** Connects to one node or a cluster. `nodes` are those that have keys of their own. */
async function opened(given: string): Promise<{ client: Reader; nodes(): AsyncIterable<Scanner> }> {
  // node-redis knows no other name of the scheme.
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
    throw new UserError('this kind is read from redis://host:port, rediss://… or redis+cluster://host:port,host:port')
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
  // Only the first colon parts the two: a password may have more.
  const at = login.indexOf(':')
  const [username, password] = (at < 0 ? [login] : [login.slice(0, at), login.slice(at + 1)]).map(decodeURIComponent)
  return { ...(username && { username }), ...(password && { password }) }
}
