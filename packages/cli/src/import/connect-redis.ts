import { parsedIfJson } from '@sessionbank/databank-kit'
import { createClient } from 'redis'
import { UserError } from '../user-error.ts'
import type { Found, SourceFlags } from './found.ts'

const PAGE = 500

/** connect-redis keeps the JSON of a session at `<prefix><sid>`, with an expiry of Redis. */
export async function* connectRedis(url: string, { prefix = 'sess:' }: SourceFlags): AsyncGenerator<Found> {
  if (!/^rediss?:\/\//i.test(url))
    throw new UserError('connect-redis is read from a redis:// or rediss:// URL of one node')
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  try {
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
    for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: PAGE, TYPE: 'string' })) {
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
  } finally {
    client.destroy()
  }
}

function hasCookie(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { cookie?: unknown }).cookie === 'object'
}
