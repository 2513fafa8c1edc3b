import type { Found, SourceFlags } from './found.ts'
import { inRedis } from './redis.ts'

/** connect-redis keeps the JSON of a session at `<prefix><sid>`, with an expiry of Redis. */
export async function* connectRedis(url: string, { prefix = 'sess:' }: SourceFlags): AsyncGenerator<Found> {
  for await (const { key, value, expires } of inRedis(url, prefix)) {
    // Without a prefix, the keys of all programs are read.
    if (prefix !== '' || hasCookie(value)) yield { sid: key.slice(prefix.length), session: value, expires }
  }
}

function hasCookie(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { cookie?: unknown }).cookie === 'object'
}
