import { ConnectError, InvalidParamsError } from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import type { RedisConnection } from './connection.ts'
import { createIoredis, type IoredisLibrary, isIoredis, overIoredis } from './ioredis.ts'
import { type LibraryName, loadLibrary } from './load-client.ts'
import { createNodeRedis, isNodeRedis, type NodeRedisLibrary, overNodeRedis } from './node-redis.ts'
import { describeRefusal, replyCode } from './reply-error.ts'
import { READ } from './scripts.ts'

export interface OpenConnection {
  connection: RedisConnection
}

/** A key that no record can have: it has no type. */
const PROBE = ':probe'

/** Connects, and tries what the driver needs. Rejects with a ConnectError and leaves nothing open. */
export async function openConnection(
  source: Address | object,
  timeout: number,
  library?: LibraryName,
): Promise<OpenConnection> {
  const deadline = performance.now() + timeout
  if (!isAddress(source)) {
    const connection = overHandedIn(source)
    await probe(connection, deadline, 'the client that was handed in')
    return { connection }
  }
  return { connection: await connect(source, timeout, deadline, library) }
}

function isAddress(source: Address | object): source is Address {
  return 'kind' in source && 'hosts' in source
}

function overHandedIn(client: object): RedisConnection {
  const leaveOpen = () => {}
  if (isIoredis(client)) return overIoredis(client, leaveOpen)
  if (!isNodeRedis(client)) {
    throw new InvalidParamsError(
      '`client` of a redis bank is a client of the package redis (5 or later) or ioredis (5 or later)',
    )
  }
  if (!client.isOpen) {
    throw new ConnectError('the redis client that was handed in is not connected: await client.connect() first')
  }
  return overNodeRedis(client, leaveOpen)
}

async function connect(
  address: Address,
  timeout: number,
  deadline: number,
  wanted?: LibraryName,
): Promise<RedisConnection> {
  const { client, over } = create(address, timeout, wanted)
  const where = describeAddress(address)
  try {
    const connected = client.connect()
    await before(deadline, connected).catch((error) => {
      throw failure(client.lastError() ?? error, address, where, timeout)
    })
    // A database that does not exist is told as an event by ioredis, which then goes on in database 0.
    const refusal = client.lastError()
    if (replyCode(refusal) !== null) throw failure(refusal, address, where, timeout)
    const connection = over()
    await probe(connection, deadline, where)
    client.setOpened()
    return connection
  } catch (error) {
    client.close()
    throw error
  }
}

interface OwnClient {
  connect(): Promise<unknown>
  close(): void
  /** What the client said last of its connection. Listening also keeps it from ending the process. */
  lastError(): unknown
  setOpened(): void
}

function create(
  address: Address,
  timeout: number,
  wanted?: LibraryName,
): { client: OwnClient; over: () => RedisConnection } {
  const { name, exports } = loadLibrary(wanted)
  let isOpened = false
  const options = { address, timeout, opened: () => isOpened }
  const setOpened = () => {
    isOpened = true
  }
  if (name === 'ioredis') {
    const client = createIoredis(exports as unknown as IoredisLibrary, options)
    const lastError = listen(client)
    const close = () => client.disconnect()
    return {
      client: { connect: () => client.connect(), close, lastError, setOpened },
      over: () => overIoredis(client, close),
    }
  }
  const client = createNodeRedis(exports as unknown as NodeRedisLibrary, options)
  const lastError = listen(client)
  const close = () => {
    try {
      Promise.resolve(client.destroy()).catch(() => {})
    } catch {
      // It was closed already, as redis 5 says by throwing.
    }
  }
  return {
    client: { connect: () => client.connect(), close, lastError, setOpened },
    over: () => overNodeRedis(client, close),
  }
}

function listen(client: { on(event: 'error', listener: (error: Error) => void): unknown }): () => unknown {
  let last: unknown
  client.on('error', (error) => {
    last = error
  })
  return () => last
}

/** Runs the script of a read: the server must be there, let us in, be new enough, and allow scripts. */
async function probe(connection: RedisConnection, deadline: number, where: string): Promise<void> {
  for (;;) {
    const node = connection.nodeFor(PROBE)
    try {
      if (node) {
        await before(deadline, node.send(['EVAL', READ.lua, '1', connection.inCommand(PROBE)]))
        return
      }
    } catch (error) {
      const code = replyCode(error)
      if (code === 'LOADING' || code === 'CLUSTERDOWN') continue
      throw probeFailure(error, where)
    }
    if (performance.now() > deadline)
      throw new ConnectError(`Redis cannot be reached at ${where}: check that it is running`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function probeFailure(error: unknown, where: string): ConnectError {
  const code = replyCode(error)
  if (code === 'ERR')
    return new ConnectError(`the server at ${where} does not know PEXPIRETIME: Redis 7 or later is needed`)
  if (code !== null) return new ConnectError(`${where}: ${describeRefusal(code)}`)
  return new ConnectError(`the server at ${where} does not answer: check that it is Redis and not blocked`)
}

function failure(error: unknown, address: Address, where: string, timeout: number): ConnectError {
  if (error instanceof ConnectError) return error
  const root = rootOf(error)
  const text = root instanceof Error ? root.message : ''
  if (/WRONGPASS|invalid username-password|NOAUTH|AUTH failed/i.test(text)) {
    const given = address.password === undefined ? 'it wants a user and password' : 'it refuses the user or password'
    return new ConnectError(`Redis at ${where} lets nobody in like that: ${given}; check the url`)
  }
  if (/DB index|SELECT is not allowed/i.test(text)) {
    return new ConnectError(
      `Redis at ${where} has no database ${address.database}: check the number at the end of the url`,
    )
  }
  if (/cluster support disabled/i.test(text)) {
    return new ConnectError(`Redis at ${where} is not a cluster: use a redis:// url`)
  }
  const reason = (root as NodeJS.ErrnoException | undefined)?.code ?? `no answer within ${timeout} ms`
  const master = address.kind === 'sentinel' ? `, and the name of the master "${address.master}"` : ''
  return new ConnectError(
    `Redis cannot be reached at ${where} (${reason}): check host and port in the url${master}, TLS (rediss://), and that the server is running`,
    root instanceof Error && 'syscall' in root ? root : undefined,
  )
}

/** Below the wrappings of the cluster clients. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as {
    lastNodeError?: unknown
    cause?: unknown
    errors?: unknown[]
  }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}

function before<T>(deadline: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const left = Math.max(1, deadline - performance.now())
    const timer = setTimeout(() => reject(new Error('no answer in time')), left)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
