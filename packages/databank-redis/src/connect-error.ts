import {
  BankTimeoutError,
  ConnectError,
  codeOf,
  isNotUp,
  nameAndCode,
  safeCause,
  tlsAdvice,
} from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import { describeRefusal } from './failures.ts'

/** Redis begins an error with a word in capitals. */
const REPLY = /^[A-Z][A-Z]+(?= )/
/** Errors of a server or cluster that is starting or failing over. */
const STARTING = new Set(['BUSY', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'TRYAGAIN'])
/** Finds the name of a command that is unknown, or that the user may not run. */
const COMMAND = /(?:unknown command|run the) [`']([a-z]{1,20}(?:\|[a-z-]{1,20})?)['`]/i

interface Attempt {
  /** Null for a client of the app. */
  address: Address | null
  /** True if only the first command failed. */
  isConnected: boolean
  /** In ms. */
  waited: number
}

/** Returns the error for a bank that cannot be opened, with what to check. Never contains the user or the password. */
export function connectError(error: unknown, { address, isConnected, waited }: Attempt): ConnectError {
  const name = address ? `Redis at ${describeAddress(address)}` : 'the Redis of `client`'
  const source = address ? 'the url' : 'the options of `client`'
  const root = rootOf(error)
  const text = textOf(root)
  if (/WRONGPASS|invalid username-password|NOAUTH|AUTH failed/i.test(text)) {
    const isMissing = address && address.password === undefined
    const reason = isMissing ? 'it requires a user and password' : 'it refuses the user or password'
    return new ConnectError(`cannot log in to ${name}: ${reason}; check ${source}`)
  }
  if (/DB index|SELECT is not allowed/i.test(text)) {
    return new ConnectError(`${name} has no database ${address?.database ?? 'of that number'}: check it in ${source}`)
  }
  if (/cluster support disabled/i.test(text)) {
    return new ConnectError(`${name} is not a cluster: use a redis:// url, or a client of one node`)
  }
  if (/unknown command [`']?sentinel/i.test(text)) {
    return new ConnectError(`${name} is not a Sentinel: check host and port in ${source}; Sentinels listen on 26379`)
  }
  const code = REPLY.exec(text)?.[0]
  const command = COMMAND.exec(text)?.[1]?.toUpperCase().replace('|', ' ') ?? (isConnected ? 'EVAL' : undefined)
  if (code === 'ERR' && command === 'EVAL') {
    return new ConnectError(`${name} cannot run EVAL: the driver needs Redis 7 or later, with scripts enabled`)
  }
  if (code !== undefined) {
    const isTransient = STARTING.has(code)
    return new ConnectError(`${name}: ${describeRefusal(code, command)}`, safeCause(root), { isTransient })
  }
  const advice = tlsAdvice(codeOf(root))
  if (advice !== undefined) return new ConnectError(`${name} cannot be reached over TLS: ${advice}`, safeCause(root))
  const { reason, isTransient } = reasonOf(root, waited)
  if (isConnected) {
    const message = `${name} does not answer (${reason}): check that it is Redis and not blocked`
    return new ConnectError(message, safeCause(root), { isTransient })
  }
  const tls = address?.tls
    ? 'whether it uses TLS, or requires a client certificate'
    : 'whether it requires TLS (rediss://)'
  const watched = address?.master === undefined ? '' : `, the name of the master "${address.master}"`
  return new ConnectError(
    `${name} cannot be reached (${reason}): check host and port in ${source}${watched}, ${tls}, ` +
      'and that the server is running',
    safeCause(root),
    { isTransient },
  )
}

/** Returns the reason in plain words, and whether it may be temporary. */
function reasonOf(root: unknown, waited: number): { reason: string; isTransient: boolean } {
  const code = codeOf(root)
  const text = textOf(root)
  if (
    root instanceof BankTimeoutError ||
    code === 'ETIMEDOUT' ||
    /^(Connection timeout|connect ETIMEDOUT)/.test(text)
  ) {
    return { reason: `no answer within ${waited} ms`, isTransient: true }
  }
  if (code !== undefined) return { reason: String(code), isTransient: isNotUp(code) || code === 'ENOENT' }
  if (/connection is closed|socket closed|client is (closed|offline)|stream isn't writeable/i.test(text)) {
    return { reason: 'it closed the connection', isTransient: true }
  }
  if (text === 'no valid master node') return { reason: 'its Sentinels know no running master', isTransient: true }
  const reason = /RESP type/.test(text) ? 'its answers are not those of Redis' : nameAndCode(root)
  return { reason, isTransient: false }
}

/** Returns the message of an error. ioredis prepends its own words to the error of a Sentinel. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^All sentinels are unreachable.*?Last error: /, '') : ''
}

/** Returns the innermost of the errors that cluster clients wrap. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as { [name: string]: unknown; errors?: unknown[] }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}
