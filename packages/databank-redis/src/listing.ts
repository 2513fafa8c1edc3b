import { OperationError, safeCause } from '@sessionbank/databank-kit'
import { CommandFailed, replyCode, UNREACHABLE } from './failures.ts'
import type { Keyspace } from './keyspace.ts'
import type { RedisNode } from './redis-client.ts'
import { SeenIds } from './seen-ids.ts'

/** The position of a listing of keys. */
export interface Listing {
  masters: RedisNode[]
  cursor: string
  seen: SeenIds
}

/** Returns the next keys of a keyspace, without its prefix, from all masters. */
export async function list({ client, prefix }: Keyspace, kind: 'string' | 'zset', from?: unknown) {
  const { masters, cursor, seen } = (from ?? { masters: client.masters(), cursor: '0', seen: new SeenIds() }) as Listing
  const [master] = masters
  if (!master?.isReady) {
    await client.refresh(prefix)
    throw new CommandFailed('SCAN', UNREACHABLE)
  }
  const start = client.keyPrefix + prefix
  const scan = ['SCAN', cursor, 'MATCH', `${escapeGlob(start)}*`, 'COUNT', '500', 'TYPE', kind]
  const [goOn, keys] = (await master.send(scan).catch((error) => {
    // A cursor is not valid on another server.
    if (cursor === '0' || replyCode(error) !== null) throw new CommandFailed('SCAN', error)
    throw new OperationError('the connection to a Redis node was lost while listing: try again', safeCause(error))
  })) as [cursor: unknown, keys: string[]]
  const ids = seen.unseen(keys.map((key) => key.slice(start.length)))
  const isAtEnd = String(goOn) === '0'
  const left = isAtEnd ? masters.slice(1) : masters
  const next: Listing | undefined = left.length > 0 ? { masters: left, cursor: String(goOn), seen } : undefined
  return { ids, next }
}

/** Escapes text for a SCAN pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&')
}
