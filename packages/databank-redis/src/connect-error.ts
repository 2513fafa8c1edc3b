import { ConnectError } from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import { describeRefusal, replyCode } from './reply-error.ts'

/** What to check when a connection could not be made; never the user or the password. */
export function connectError(error: unknown, address: Address, timeout: number): ConnectError {
  const where = describeAddress(address)
  const root = rootOf(error)
  const text = root instanceof Error ? root.message : ''
  if (/WRONGPASS|invalid username-password|NOAUTH|AUTH failed/i.test(text)) {
    const reason = address.password === undefined ? 'it wants a user and password' : 'it refuses the user or password'
    return new ConnectError(`Redis at ${where} lets nobody in like that: ${reason}; check the url`)
  }
  if (/DB index|SELECT is not allowed/i.test(text)) {
    const database = `database ${address.database}`
    return new ConnectError(`Redis at ${where} has no ${database}: check the number at the end of the url`)
  }
  if (/cluster support disabled/i.test(text)) {
    return new ConnectError(`Redis at ${where} is not a cluster: use a redis:// url`)
  }
  const reason = (root as NodeJS.ErrnoException | null)?.code ?? `no answer within ${timeout} ms`
  const master = address.kind === 'sentinel' ? `, the name of the master "${address.master}"` : ''
  return new ConnectError(
    `Redis cannot be reached at ${where} (${reason}): check host and port in the url${master}, whether it wants TLS ` +
      '(rediss://), and that the server is running',
    root instanceof Error && 'syscall' in root ? root : undefined,
  )
}

/** What the first command came back with, on a connection that could be made. */
export function probeError(error: unknown, where: string): ConnectError {
  const code = replyCode(error)
  if (code === 'ERR') {
    return new ConnectError(`the server at ${where} cannot run what the driver needs: Redis 7 or later, with scripts`)
  }
  if (code !== null) return new ConnectError(`${where}: ${describeRefusal(code)}`)
  return new ConnectError(`the server at ${where} does not answer: check that it is Redis and not blocked`)
}

/** The error inside the wrappings of the cluster clients. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as Partial<Record<'lastNodeError' | 'cause', unknown>> & {
    errors?: unknown[]
  }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}
