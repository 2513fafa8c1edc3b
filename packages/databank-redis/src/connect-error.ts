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

/** How Redis begins an error: with a word in capitals. */
const REPLY = /^[A-Z][A-Z]+(?= )/
/** What a server or a cluster answers while it starts, or makes another node its master. */
const STARTING = new Set(['BUSY', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'TRYAGAIN'])
/** Where it names a command that it does not know, or that the user may not run. */
const COMMAND = /(?:unknown command|run the) [`']([a-z]{1,20}(?:\|[a-z-]{1,20})?)['`]/i

interface Attempt {
  /** Null for a client of the app. */
  address: Address | null
  /** True if only the first command failed. */
  isConnected: boolean
  /** In ms. */
  waited: number
}

/** Returns what to check when a bank could not be opened; never the user or the password. */
export function connectError(error: unknown, { address, isConnected, waited }: Attempt): ConnectError {
  const name = address ? `Redis at ${describeAddress(address)}` : 'the Redis of the client that was handed in'
  const source = address ? 'the url' : 'the options of the client'
  const root = rootOf(error)
  const text = textOf(root)
  if (/WRONGPASS|invalid username-password|NOAUTH|AUTH failed/i.test(text)) {
    const isMissing = address && address.password === undefined
    const reason = isMissing ? 'it wants a user and password' : 'it refuses the user or password'
    return new ConnectError(`${name} lets nobody in like that: ${reason}; check ${source}`)
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
    return new ConnectError(`${name} cannot run what the driver needs (EVAL): Redis 7 or later, with scripts`)
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
  const tls = address?.tls ? 'whether it speaks TLS, or wants a client certificate' : 'whether it wants TLS (rediss://)'
  const watched = address?.master === undefined ? '' : `, the name of the master "${address.master}"`
  return new ConnectError(
    `${name} cannot be reached (${reason}): check host and port in ${source}${watched}, ${tls}, ` +
      'and that the server is running',
    safeCause(root),
    { isTransient },
  )
}

/** Returns what happened, in our words, and whether it may be another a moment later. */
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
  if (text === 'no valid master node')
    return { reason: 'its Sentinels know of no master that is up', isTransient: true }
  const reason = /RESP type/.test(text) ? 'its answers are not those of Redis' : nameAndCode(root)
  return { reason, isTransient: false }
}

/** ioredis tells the error of a Sentinel behind words of its own. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^All sentinels are unreachable.*?Last error: /, '') : ''
}

/** The error inside the wrappings of the cluster clients. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as { [name: string]: unknown; errors?: unknown[] }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}
