import type { Address } from './address.ts'
import type { RedisConnection } from './connection.ts'
import {
  createIoredis,
  duplicateIoredis,
  type IoredisClient,
  type IoredisCluster,
  type IoredisLibrary,
  isIoredis,
  overIoredis,
  resends,
} from './ioredis.ts'
import { type LibraryName, loadLibrary } from './load-client.ts'
import {
  createNodeRedis,
  duplicateSentinel,
  isNodeRedis,
  isSentinel,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisLibrary,
  type NodeRedisSentinel,
  overNodeRedis,
} from './node-redis.ts'
import { type Emitter, onShared } from './shared-listeners.ts'

/** A client of our own, whichever library it is of. */
export interface OwnClient {
  connect(): Promise<unknown>
  close(): void
  isClosed(): boolean
  /** What it said last of its connection. */
  lastError(): unknown
  /** From now on a lost connection is made again. */
  setOpened(): void
  /** @param close what closing the connection does */
  asConnection(close: () => void): RedisConnection
}

/** Whether the first connection has been made. */
interface Opening {
  opened: () => boolean
  setOpened: () => void
}

/** A client for an address, which is not connected yet. */
export function clientFor(address: Address, timeout: number, wanted?: LibraryName): OwnClient {
  const { name, exports } = loadLibrary(wanted)
  const opening = notOpened()
  const options = { address, timeout, opened: opening.opened }
  if (name === 'ioredis') return ofIoredis(createIoredis(exports as unknown as IoredisLibrary, options), opening)
  return ofNodeRedis(createNodeRedis(exports as unknown as NodeRedisLibrary, options), opening)
}

/** A client like one of the app that sends again by itself what had no answer; null where that one can be used itself. */
export function clientInsteadOf(client: object, timeout: number): OwnClient | null {
  const opening = notOpened()
  if (isIoredis(client)) {
    if (!resends(client)) return null
    return following(client, ofIoredis(duplicateIoredis(client, { timeout, opened: opening.opened }), opening))
  }
  if (!isNodeRedis(client) || !isSentinel(client)) return null
  const duplicate = duplicateSentinel(client)
  return duplicate && following(client, ofNodeRedis(duplicate, opening))
}

function notOpened(): Opening {
  let isOpened = false
  const setOpened = () => {
    isOpened = true
  }
  return { opened: () => isOpened, setOpened }
}

function ofIoredis(client: IoredisClient | IoredisCluster, { setOpened }: Opening): OwnClient {
  return {
    connect: () => client.connect(),
    close: () => client.disconnect(),
    isClosed: () => client.status === 'end',
    setOpened,
    lastError: listen(client),
    asConnection: (close) => overIoredis(client, close),
  }
}

function ofNodeRedis(
  client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
  { setOpened }: Opening,
): OwnClient {
  return {
    connect: () => client.connect(),
    close: () => destroy(client),
    isClosed: () => !client.isOpen,
    setOpened,
    lastError: listen(client),
    asConnection: (close) => overNodeRedis(client, { close, reconnect }),
  }
}

/** The connections of the app end when it closes its client, ours among them, and come back with it. */
function following(client: Emitter, own: OwnClient): OwnClient {
  const stopEnd = onShared(client, 'end', () => own.close())
  const stopReady = onShared(client, 'ready', () => {
    if (own.isClosed()) own.connect().catch(() => {})
  })
  const close = () => {
    stopEnd()
    stopReady()
    own.close()
  }
  return { ...own, close }
}

/** An `error` event that nobody listens to ends the process. */
function listen(client: { on(event: 'error', listener: (error: Error) => void): unknown }): () => unknown {
  let last: unknown
  client.on('error', (error) => {
    last = error
  })
  return () => last
}

/** What is closed already says so by throwing, or by rejecting, in some versions. */
function destroy(client: { destroy(): unknown }): void {
  try {
    Promise.resolve(client.destroy()).catch(() => {})
  } catch {
    // Closed is what it shall be.
  }
}

/** On the same client, whose commands under way fail: a connection that does not answer may be dead without knowing. */
function reconnect(client: NodeRedisClient): void {
  destroy(client)
  client.connect().catch(() => {})
}
