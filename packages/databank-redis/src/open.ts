import {
  BankTimeoutError,
  type Call,
  Calls,
  ConnectError,
  InvalidOptionError,
  loadClient,
  openTls,
  pause,
  performance,
} from '@sessionbank/databank-kit'
import type { Address } from './address.ts'
import { connectError } from './connect-error.ts'
import { replyCode } from './failures.ts'
import { IoredisClient, isIoredis } from './ioredis.ts'
import { createNodeRedis, isNodeRedis, NodeRedisClient, type NodeRedisLibrary } from './node-redis.ts'
import type { Options } from './options.ts'
import type { OwnOptions, RedisClient } from './redis-client.ts'
import { type Script, scriptOf } from './scripts.ts'
import { onShared } from './shared-listeners.ts'

/** A key that no record can have, because it has no type. */
const PROBE = ':probe'

/**
 * Opens a client for an address, or uses the app's client. If the app's client resends unanswered commands, uses a copy
 * that does not, because a conditional write must not be sent twice. If opening fails, closes everything and rejects
 * with ConnectError.
 */
export async function openClient(options: Options): Promise<RedisClient> {
  const { address, client: given, timeout } = options
  const own: OwnOptions = { timeout, isOpened: false }
  const app = given ? clientOfTheApp(given) : null
  const made = app ? app.copyIfResending(own) : await clientFor(address as Address, options, own)
  const client = made ?? (app as RedisClient)
  let lastError: unknown
  // Without a listener, an `error` event ends the process. The app handles this event of its own node-redis client.
  const hear = (error: Error) => {
    lastError = error
  }
  const stopHearing = made || client instanceof IoredisClient ? onShared(client.raw, 'error', hear) : () => {}
  if (made) made.close = closing(made, app)
  const began = performance.now()
  try {
    const opening = new Calls({ database: 'Redis', timeout, failureOf: (error) => error as Error })
    await opening.read(async (call) => {
      if (made) {
        await made.raw.connect()
        // If the database does not exist, ioredis emits an event and uses database 0.
        if (replyCode(lastError) !== null) throw lastError
        lastError = undefined
      }
      await probe(client, call, hear)
    })
    own.isOpened = true
    return client
  } catch (error) {
    const isConnected = client.nodeFor(PROBE) !== null
    const reason = isConnected && !(error instanceof BankTimeoutError) ? error : (lastError ?? error)
    const waited = Math.min(Math.round(performance.now() - began), timeout)
    client.close()
    throw connectError(reason, { address, isConnected, waited })
  } finally {
    if (!made) stopHearing()
  }
}

async function clientFor(address: Address, { library, tls }: Options, own: OwnOptions): Promise<RedisClient> {
  const { exports } = loadClient(['redis'], module.filename, library as NodeRedisLibrary | undefined)
  const secure = address.tls ? await openTls(tls, address.files) : undefined
  return createNodeRedis(exports, address, secure, own)
}

/** Returns a function that closes the driver's client. A copy also closes and reconnects with the app's client. */
function closing(client: RedisClient, original: RedisClient | null): () => void {
  const reconnect = () => {
    if (client.isEnded) client.raw.connect().catch(() => {})
  }
  const stopEnding = original && onShared(original.raw, 'end', () => client.end())
  const stopReconnecting = original && onShared(original.raw, 'ready', reconnect)
  return () => {
    stopEnding?.()
    stopReconnecting?.()
    client.end()
  }
}

/**
 * Runs a script on a missing key, which checks that the server runs, accepts the login, is new enough and allows
 * scripts.
 */
async function probe(client: RedisClient, call: Call, hear: (refusal: Error) => void): Promise<void> {
  const { lua } = scriptOf('READ') as Script
  for (;;) {
    try {
      const node = client.nodeFor(PROBE)
      if (node) {
        await node.send(['EVAL', lua, '1', client.inCommand(PROBE)])
        return
      }
    } catch (error) {
      const code = replyCode(error)
      if (code !== 'LOADING' && code !== 'CLUSTERDOWN') throw error
      hear(error as Error)
    }
    await pause(20)
    call.assertInTime()
  }
}

function clientOfTheApp(client: object): RedisClient {
  if (isIoredis(client)) {
    if (client.status === 'end')
      throw new ConnectError('`client` of the redis bank is closed: pass an open ioredis client')
    return new IoredisClient(client)
  }
  if (!isNodeRedis(client)) {
    throw new InvalidOptionError(
      '`client` of a redis bank must be a client of the package redis (5 or later) or ioredis (5 or later)',
    )
  }
  if ('totalClients' in client) {
    throw new InvalidOptionError(
      '`client` of a redis bank must be one client, not a pool: pass the result of createClient(), which pipelines commands',
    )
  }
  if (!client.isOpen) {
    throw new ConnectError('`client` of the redis bank is not connected: await client.connect() first')
  }
  return new NodeRedisClient(client)
}
