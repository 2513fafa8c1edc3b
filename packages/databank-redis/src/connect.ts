import { ConnectError, InvalidParamsError } from '@sessionbank/databank-kit'
import type { Address } from './address.ts'
import { connectError, probeError, type Target, THE_APPS, targetOf } from './connect-error.ts'
import type { RedisConnection } from './connection.ts'
import { isIoredis, overIoredis } from './ioredis.ts'
import type { LibraryName } from './load-client.ts'
import { isNodeRedis, overNodeRedis } from './node-redis.ts'
import { clientFor, clientInsteadOf, type OwnClient } from './own-client.ts'
import { replyCode } from './reply-error.ts'
import { READ } from './scripts.ts'

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
  await probe(connection, performance.now() + timeout, THE_APPS)
  return connection
}

type ClientOfTheApp = Parameters<typeof overIoredis>[0] | Parameters<typeof overNodeRedis>[0]

function checkClient(client: object): asserts client is ClientOfTheApp {
  if (isIoredis(client)) {
    if (client.status !== 'end') return
    throw new ConnectError('the ioredis client that was handed in is closed')
  }
  if (!isNodeRedis(client)) {
    throw new InvalidParamsError(
      '`client` of a redis bank is a client of the package redis (5 or later) or ioredis (5 or later)',
    )
  }
  if ('totalClients' in client) {
    throw new InvalidParamsError(
      '`client` of a redis bank is one client, not a pool: hand in what createClient() gives, it carries many commands at once',
    )
  }
  if (!client.isOpen) {
    throw new ConnectError('the redis client that was handed in is not connected: await client.connect() first')
  }
}

async function open(client: OwnClient, target: Target, timeout: number): Promise<RedisConnection> {
  const deadline = performance.now() + timeout
  try {
    await before(deadline, client.connect()).catch((error) => {
      throw connectError(client.lastError() ?? error, target, timeout)
    })
    // ioredis tells of a database that does not exist with an event, and goes on in database 0.
    const refusal = client.lastError()
    if (replyCode(refusal) !== null) throw connectError(refusal, target, timeout)
    const connection = client.asConnection(client.close)
    await probe(connection, deadline, target)
    client.setOpened()
    return connection
  } catch (error) {
    client.close()
    throw error
  }
}

/** Runs the script of a read: the server must be there, let us in, be new enough, and allow scripts. */
async function probe(connection: RedisConnection, deadline: number, target: Target): Promise<void> {
  const command = ['EVAL', READ.lua, '1', connection.inCommand(PROBE)]
  for (;;) {
    const node = connection.nodeFor(PROBE)
    try {
      if (node) {
        await before(deadline, node.send(command))
        return
      }
    } catch (error) {
      const code = replyCode(error)
      if (code !== 'LOADING' && code !== 'CLUSTERDOWN') throw probeError(error, target)
    }
    if (performance.now() > deadline) {
      throw new ConnectError(`${target.name} cannot be reached: check that all of it is running`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function before<T>(deadline: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const left = Math.max(1, deadline - performance.now())
    const timer = setTimeout(() => reject(new Error('no answer in time')), left)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
