import { promisify } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { RedisDatabank, type RedisParams } from '../src/index.ts'

export const LIBRARIES = ['redis', 'ioredis'] as const

/** The URL itself, or as a client of `ioredis` that the app hands in. */
export interface Way extends Omit<RedisParams, 'library'> {
  library?: string
}

/** What to do when a bank is closed. */
const ends = new WeakMap<RedisDatabank, () => void>()

/** A connected bank: by its URL through `redis`, or through a client of `ioredis` that is handed in. */
export async function openBank({ library, url, ...params }: Way): Promise<RedisDatabank> {
  const app = library === 'ioredis' && url !== undefined ? ioredisFor(url) : null
  const bank = new RedisDatabank({ ...params, ...(app ? { client: app } : url !== undefined && { url }) })
  if (app) ends.set(bank, () => app.disconnect())
  await promisify(bank.connect.bind(bank))({}).catch((error) => {
    app?.disconnect()
    throw error
  })
  return bank
}

export async function closeBank(bank: RedisDatabank): Promise<void> {
  await promisify(bank.disconnect.bind(bank))()
  ends.get(bank)?.()
}

function ioredisFor(url: string): Redis | Cluster {
  const [, scheme = '', login = '', list = '', path = ''] = /^(.*):\/\/(?:(.*)@)?([^/]*)\/?(.*)$/.exec(url) ?? []
  const [username, password] = login.split(':')
  // The driver copies it, so it need not connect itself.
  const access =
    login === ''
      ? { lazyConnect: true }
      : { lazyConnect: true, username: username as string, password: password as string }
  const hosts = list
    .split(',')
    .map((host) => ({ host: host.split(':')[0] as string, port: Number(host.split(':')[1]) }))
  const client = scheme.endsWith('cluster')
    ? new Cluster(hosts, { lazyConnect: true, redisOptions: access })
    : scheme.endsWith('sentinel')
      ? new Redis({ sentinels: hosts, name: path, ...access })
      : new Redis({ ...hosts[0], ...access, ...(path !== '' && { db: Number(path) }) })
  client.on('error', () => {})
  return client
}
