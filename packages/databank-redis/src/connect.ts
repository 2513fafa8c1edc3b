import { ConnectError, InvalidOptionError } from '@sessionbank/databank-kit'
import type { Address } from './address.ts'
import { connectError, NoAnswerInTime, probeError, type Target, THE_APPS, targetOf } from './connect-error.ts'
import type { RedisConnection } from './connection.ts'
import { isIoredis, overIoredis } from './ioredis.ts'
import type { LibraryName } from './load-client.ts'
import { isNodeRedis, overNodeRedis } from './node-redis.ts'
import { clientFor, clientInsteadOf, type OwnClient } from './own-client.ts'
import { describeRefusal, replyCode } from './reply-error.ts'
import { READ } from './scripts.ts'
import { onShared } from './shared-listeners.ts'

/** A key that no record can have: it has no type. */
const PROBE = ':probe'

/** Connects to an address. Rejects with a ConnectError and leaves nothing open. */
export async function connectTo(address: Address, timeout: number, library?: LibraryName): Promise<RedisConnection> {
  return open(clientFor(address, timeout, library), targetOf(address), timeout)
}

/**
 * Takes a client that the app has. Its `close` leaves that as it is. A client that sends again by itself what had no
 * answer is not used but copied: a conditional write must not be sent twice.
 */
export async function takeOver(client: object, timeout: number): Promise<RedisConnection> {
  checkClient(client)
  const own = clientInsteadOf(client, timeout)
  if (own) return open(own, THE_APPS, timeout)
  const leave = () => {}
  const connection = isIoredis(client)
    ? overIoredis(client, leave)
    : overNodeRedis(client, { close: leave, reconnect: leave })
  let lastError: unknown
  // Not to one of node-redis, which ends the process if nobody listens, and that is the app's to decide.
  const stop = isIoredis(client) ? onShared(client, 'error', (error) => (lastError = error)) : () => {}
  try {
    await probe(connection, new Trial(timeout), THE_APPS, () => lastError)
  } finally {
    stop()
  }
  return connection
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

  /** What is asked for, or a NoAnswerInTime. */
  bound<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const left = Math.max(1, this.timeout - (performance.now() - this.#began))
      const timer = setTimeout(() => reject(new NoAnswerInTime()), left)
      promise.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

type ClientOfTheApp = Parameters<typeof overIoredis>[0] | Parameters<typeof overNodeRedis>[0]

function checkClient(client: object): asserts client is ClientOfTheApp {
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

async function open(client: OwnClient, target: Target, timeout: number): Promise<RedisConnection> {
  const trial = new Trial(timeout)
  try {
    await trial.bound(client.connect()).catch((error) => {
      throw connectError(client.lastError() ?? error, target, trial.waited)
    })
    // ioredis tells of a database that does not exist with an event, and goes on in database 0.
    const refusal = client.lastError()
    if (replyCode(refusal) !== null) throw connectError(refusal, target, trial.waited)
    const connection = client.asConnection(client.close)
    await probe(connection, trial, target, client.lastError)
    client.setOpened()
    return connection
  } catch (error) {
    client.close()
    throw error
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
