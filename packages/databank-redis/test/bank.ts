import { promisify } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { RedisDatabank, type RedisParams } from '../src/index.ts'

export const LIBRARIES = ['redis', 'ioredis'] as const

/** Options for a URL, which is opened by the driver or by an `ioredis` client of the app. */
export interface Way extends Omit<RedisParams, 'library'> {
  library?: string
}

/** Functions that are called when a bank is closed. */
const ends = new WeakMap<RedisDatabank, () => void>()

/** Returns a connected bank, opened by its URL with `redis` or by an `ioredis` client of the app. */
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
  // The driver copies the client, so that it need not connect itself.
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
