import type { Found, SourceFlags } from './found.ts'
import { inRedis } from './redis.ts'

/** Reads connect-redis, which stores the JSON of a session at `<prefix><sid>`, with an expiry of the key. */
export async function* connectRedis(url: string, { prefix = 'sess:' }: SourceFlags): AsyncGenerator<Found> {
  for await (const { key, value, expires } of inRedis(url, prefix)) {
    // Without a prefix, keys of other programs are read as well.
    if (prefix !== '' || hasCookie(value)) yield { sid: key.slice(prefix.length), session: value, expires }
  }
}

function hasCookie(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { cookie?: unknown }).cookie === 'object'
}
