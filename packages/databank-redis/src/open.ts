import { ConnectError, InvalidOptionError, loadClient } from '@sessionbank/databank-kit'
import type { Address } from './address.ts'
import { connectError, NoAnswerInTime, probeError, type Target, THE_APPS, targetOf } from './connect-error.ts'
import { describeRefusal, replyCode } from './failures.ts'
import { type AnyIoredis, duplicateIoredis, isIoredis, overIoredis, resends } from './ioredis.ts'
import {
  createNodeRedis,
  duplicateSentinel,
  isNodeRedis,
  isSentinel,
  type NodeRedisLibrary,
  overNodeRedis,
} from './node-redis.ts'
import { type AnyNodeRedis, destroy } from './node-redis-nodes.ts'
import type { RedisConnection } from './redis-connection.ts'
import { READ } from './scripts.ts'
import { onShared } from './shared-listeners.ts'

/** A key that no record can have: it has no type. */
const PROBE = ':probe'

/** Opens a connection to an address, or through a client of the app. Rejects with a ConnectError and leaves nothing open. */
export function openConnection(target: Address | { client: object }, timeout: number): Promise<RedisConnection> {
  return 'client' in target ? takeOver(target.client, timeout) : connectTo(target, timeout)
}

function connectTo(address: Address, timeout: number): Promise<RedisConnection> {
  const { exports } = loadClient<NodeRedisLibrary>(['redis'], __filename)
  const own = new OwnClient((isOpened) => createNodeRedis(exports, address, { timeout, isOpened }))
  return own.open(targetOf(address), timeout)
}

/**
 * Takes a client that the app has. Closing the connection leaves that as it is. A client that sends again by itself what
 * had no answer is not used but copied: a conditional write must not be sent twice.
 */
async function takeOver(client: object, timeout: number): Promise<RedisConnection> {
  checkClient(client)
  const own = copyOfResending(client, timeout)
  if (own) return own.open(THE_APPS, timeout)
  const leave = () => {}
  const connection = isIoredis(client) ? overIoredis(client, leave) : overNodeRedis(client, leave)
  let lastError: unknown
  // Not to one of node-redis, which ends the process if nobody listens, and that is the app's to decide.
  const stop = isIoredis(client) ? onShared(client, 'error', (error) => (lastError = error)) : leave
  try {
    await probe(connection, new Trial(timeout), THE_APPS, () => lastError)
  } finally {
    stop()
  }
  return connection
}

function copyOfResending(client: AnyIoredis | AnyNodeRedis, timeout: number): OwnClient | null {
  if (isIoredis(client)) {
    if (!resends(client)) return null
    return new OwnClient((isOpened) => duplicateIoredis(client, { timeout, isOpened }), client)
  }
  const copy = isSentinel(client) ? duplicateSentinel(client) : null
  return copy && new OwnClient(() => copy, client)
}

function checkClient(client: object): asserts client is AnyIoredis | AnyNodeRedis {
  if (isIoredis(client)) {
    if (client.status !== 'end') return
    throw new ConnectError('the ioredis client that was handed in is closed')
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
}

/** A client that the driver made, for a URL or as a copy of one of the app. */
class OwnClient {
  readonly #client: AnyIoredis | AnyNodeRedis
  readonly #stop: (() => void)[] = []
  #isOpened = false
  /** What the client said last of its connection. */
  #lastError: unknown

  /** @param original the client of the app: the copy ends when the app closes it, and comes back with it */
  constructor(make: (isOpened: () => boolean) => AnyIoredis | AnyNodeRedis, original?: AnyIoredis | AnyNodeRedis) {
    const client = make(() => this.#isOpened)
    this.#client = client
    // An `error` event that has no listener ends the process.
    client.on('error', (error) => {
      this.#lastError = error
    })
    if (!original) return
    this.#stop.push(onShared(original, 'end', () => end(client)))
    this.#stop.push(
      onShared(original, 'ready', () => {
        if (isIoredis(client) ? client.status === 'end' : !client.isOpen) client.connect().catch(() => {})
      }),
    )
  }

  async open(target: Target, timeout: number): Promise<RedisConnection> {
    const client = this.#client
    const trial = new Trial(timeout)
    try {
      await trial.bound(client.connect()).catch((error) => {
        throw connectError(this.#lastError ?? error, target, trial.waited)
      })
      // ioredis tells of a database that does not exist with an event, and goes on in database 0.
      if (replyCode(this.#lastError) !== null) throw connectError(this.#lastError, target, trial.waited)
      const close = () => this.#close()
      const connection = isIoredis(client) ? overIoredis(client, close) : overNodeRedis(client, close, timeout)
      await probe(connection, trial, target, () => this.#lastError)
      this.#isOpened = true
      return connection
    } catch (error) {
      this.#close()
      throw error
    }
  }

  #close(): void {
    for (const stop of this.#stop) stop()
    end(this.#client)
  }
}

function end(client: AnyIoredis | AnyNodeRedis): void {
  if (isIoredis(client)) client.disconnect()
  else destroy(client)
}

/** How long it has been tried to connect, and how long it may be. */
class Trial {
  readonly timeout: number
  readonly #began = performance.now()

  constructor(timeout: number) {
    this.timeout = timeout
  }

  /** In ms. */
  get waited(): number {
    return Math.min(Math.round(performance.now() - this.#began), this.timeout)
  }

  get isOver(): boolean {
    return performance.now() - this.#began > this.timeout
  }

  /** Returns the outcome of a promise, or rejects with NoAnswerInTime. */
  bound<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const left = Math.max(1, this.timeout - (performance.now() - this.#began))
      const timer = setTimeout(() => reject(new NoAnswerInTime()), left)
      promise.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

/** Runs the script of a read: the server must be there, let us in, be new enough, and allow scripts. */
async function probe(
  connection: RedisConnection,
  trial: Trial,
  target: Target,
  lastError: () => unknown,
): Promise<void> {
  const command = ['EVAL', READ.lua, '1', connection.inCommand(PROBE)]
  for (let refusal: string | null = null; ; ) {
    const node = connection.nodeFor(PROBE)
    try {
      if (node) {
        await trial.bound(node.send(command))
        return
      }
    } catch (error) {
      refusal = replyCode(error)
      if (refusal !== 'LOADING' && refusal !== 'CLUSTERDOWN') throw probeError(error, target, trial.waited)
    }
    if (trial.isOver) {
      if (refusal !== null) throw new ConnectError(`${target.name}: ${describeRefusal(refusal, 'EVAL')}`)
      throw connectError(lastError() ?? new NoAnswerInTime(), target, trial.waited)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
