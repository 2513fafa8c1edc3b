import { ConnectError, InvalidParamsError } from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import { connectError, probeError } from './connect-error.ts'
import type { RedisConnection } from './connection.ts'
import { createIoredis, type IoredisLibrary, isIoredis, overIoredis } from './ioredis.ts'
import { type LibraryName, loadLibrary } from './load-client.ts'
import {
  createNodeRedis,
  isNodeRedis,
  type NodeRedisClient,
  type NodeRedisLibrary,
  overNodeRedis,
} from './node-redis.ts'
import { replyCode } from './reply-error.ts'
import { READ } from './scripts.ts'

/** A key that no record can have: it has no type. */
const PROBE = ':probe'

/** A client of our own, whichever library it is of. */
interface OwnClient {
  connect(): Promise<unknown>
  close(): void
  /** What it said last of its connection. */
  lastError(): unknown
  /** From now on a lost connection is made again. */
  setOpened(): void
  asConnection(): RedisConnection
}

/** Connects to an address. Rejects with a ConnectError and leaves nothing open. */
export async function connectTo(address: Address, timeout: number, library?: LibraryName): Promise<RedisConnection> {
  const client = create(address, timeout, library)
  const deadline = performance.now() + timeout
  try {
    await before(deadline, client.connect()).catch((error) => {
      throw connectError(client.lastError() ?? error, address, timeout)
    })
    // ioredis tells of a database that does not exist with an event, and goes on in database 0.
    const refusal = client.lastError()
    if (replyCode(refusal) !== null) throw connectError(refusal, address, timeout)
    const connection = client.asConnection()
    await probe(connection, deadline, describeAddress(address))
    client.setOpened()
    return connection
  } catch (error) {
    client.close()
    throw error
  }
}

/** Takes a client that the app has. Its `close` leaves that as it is. */
export async function takeOver(client: object, timeout: number): Promise<RedisConnection> {
  const connection = overClientOfTheApp(client)
  await probe(connection, performance.now() + timeout, 'the client that was handed in')
  return connection
}

function overClientOfTheApp(client: object): RedisConnection {
  const leave = () => {}
  if (isIoredis(client)) return overIoredis(client, leave)
  if (!isNodeRedis(client)) {
    throw new InvalidParamsError(
      '`client` of a redis bank is a client of the package redis (5 or later) or ioredis (5 or later)',
    )
  }
  if (!client.isOpen) {
    throw new ConnectError('the redis client that was handed in is not connected: await client.connect() first')
  }
  return overNodeRedis(client, { close: leave, reconnect: leave })
}

function create(address: Address, timeout: number, wanted?: LibraryName): OwnClient {
  const { name, exports } = loadLibrary(wanted)
  let isOpened = false
  const options = { address, timeout, opened: () => isOpened }
  const setOpened = () => {
    isOpened = true
  }
  if (name === 'ioredis') {
    const client = createIoredis(exports as unknown as IoredisLibrary, options)
    const close = () => client.disconnect()
    const connect = () => client.connect()
    return { connect, close, setOpened, lastError: listen(client), asConnection: () => overIoredis(client, close) }
  }
  const client = createNodeRedis(exports as unknown as NodeRedisLibrary, options)
  const close = () => destroy(client)
  const connect = () => client.connect()
  return {
    connect,
    close,
    setOpened,
    lastError: listen(client),
    asConnection: () => overNodeRedis(client, { close, reconnect }),
  }
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

/** Runs the script of a read: the server must be there, let us in, be new enough, and allow scripts. */
async function probe(connection: RedisConnection, deadline: number, where: string): Promise<void> {
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
      if (code !== 'LOADING' && code !== 'CLUSTERDOWN') throw probeError(error, where)
    }
    if (performance.now() > deadline) {
      throw new ConnectError(`Redis cannot be reached at ${where}: check that all of it is running`)
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
