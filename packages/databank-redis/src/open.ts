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

/** A key that no record can have: it has no type. */
const PROBE = ':probe'

/**
 * Opens a client for an address, or takes one that the app has. One that sends again by itself what had no answer is not
 * used but copied: a conditional write must not be sent twice. Rejects with a ConnectError and leaves nothing open then.
 */
export async function openClient(options: Options): Promise<RedisClient> {
  const { address, client: given, timeout } = options
  const own: OwnOptions = { timeout, isOpened: false }
  const app = given ? clientOfTheApp(given) : null
  const made = app ? app.copyIfResending(own) : await clientFor(address as Address, options, own)
  const client = made ?? (app as RedisClient)
  let lastError: unknown
  // An `error` event that has no listener ends the process; with a client of node-redis that is the app's to decide.
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
        // ioredis tells of a database that does not exist with an event, and goes on in database 0.
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

/** Returns how a client of our own is closed; a copy also ends when the app closes the original, and comes back with it. */
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

/** Runs the script of a read on no record: the server must be there, let us in, be new enough, and allow scripts. */
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
    if (client.status === 'end') throw new ConnectError('the ioredis client that was handed in is closed')
    return new IoredisClient(client)
  }
  if (!isNodeRedis(client)) {
    throw new InvalidOptionError(
      '`client` of a redis bank is a client of the package redis (5 or later) or ioredis (5 or later)',
    )
  }
  if ('totalClients' in client) {
    throw new InvalidOptionError(
      '`client` of a redis bank is one client, not a pool: hand in what createClient() gives, it carries many commands at once',
    )
  }
  if (!client.isOpen) {
    throw new ConnectError('the redis client that was handed in is not connected: await client.connect() first')
  }
  return new NodeRedisClient(client)
}
