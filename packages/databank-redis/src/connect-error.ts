import { ConnectError } from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import { describeRefusal, replyCode } from './reply-error.ts'

/** What is connected to, as messages name it. */
export interface Target {
  name: string
  /** Where user, password, host and port come from. */
  source: string
  hasPassword?: boolean
  database?: number
  /** Sentinel only: the name of the master that it watches. */
  master?: string
}

/** What a client of the app connects to. */
export const THE_APPS: Target = {
  name: 'the Redis of the client that was handed in',
  source: 'the options of the client',
}

export function targetOf(address: Address): Target {
  const { database, master, password } = address
  const name = `Redis at ${describeAddress(address)}`
  return { name, source: 'the url', hasPassword: password !== undefined, database, ...(master && { master }) }
}

/** What to check when a connection could not be made; never the user or the password. */
export function connectError(error: unknown, target: Target, timeout: number): ConnectError {
  const { name, source, master } = target
  const root = rootOf(error)
  const text = root instanceof Error ? root.message : ''
  if (/WRONGPASS|invalid username-password|NOAUTH|AUTH failed/i.test(text)) {
    const reason = target.hasPassword === false ? 'it wants a user and password' : 'it refuses the user or password'
    return new ConnectError(`${name} lets nobody in like that: ${reason}; check ${source}`)
  }
  if (/DB index|SELECT is not allowed/i.test(text)) {
    return new ConnectError(`${name} has no database ${target.database ?? 'of that number'}: check it in ${source}`)
  }
  if (/cluster support disabled/i.test(text)) {
    return new ConnectError(`${name} is not a cluster: use a redis:// url, or a client of one node`)
  }
  const reason = (root as NodeJS.ErrnoException | null)?.code ?? `no answer within ${timeout} ms`
  const watched = master === undefined ? '' : `, the name of the master "${master}"`
  return new ConnectError(
    `${name} cannot be reached (${reason}): check host and port in ${source}${watched}, whether it wants TLS ` +
      '(rediss://), and that the server is running',
    root instanceof Error && 'syscall' in root ? root : undefined,
  )
}

/** What the first command came back with, on a connection that could be made. */
export function probeError(error: unknown, { name }: Target): ConnectError {
  const code = replyCode(error)
  if (code === 'ERR')
    return new ConnectError(`${name} cannot run what the driver needs: Redis 7 or later, with scripts`)
  if (code !== null) return new ConnectError(`${name}: ${describeRefusal(code)}`)
  return new ConnectError(`${name} does not answer: check that it is Redis and not blocked`)
}

/** The error inside the wrappings of the cluster clients. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as Partial<Record<'lastNodeError' | 'cause', unknown>> & {
    errors?: unknown[]
  }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}
