import { ConnectError, codeOf, nameAndCode, safeCause } from '@sessionbank/databank-kit'
import { type Address, describeAddress } from './address.ts'
import { describeRefusal, replyCode } from './failures.ts'

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

/** What a question to Redis rejects with when its time was up. */
export class NoAnswerInTime extends Error {}

/**
 * What to check when a connection could not be made; never the user or the password.
 *
 * @param waited how long it was tried, in ms
 */
export function connectError(error: unknown, target: Target, waited: number): ConnectError {
  const { name, source, master } = target
  const root = rootOf(error)
  const text = textOf(root)
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
  if (/unknown command [`']?sentinel/i.test(text)) {
    return new ConnectError(`${name} is not a Sentinel: check host and port in ${source}; Sentinels listen on 26379`)
  }
  const code = REPLY.exec(text)?.[0]
  if (code !== undefined) {
    const command = COMMAND.exec(text)?.[1]?.toUpperCase().replace('|', ' ')
    return new ConnectError(`${name}: ${describeRefusal(code, command)}`, safeCause(root))
  }
  const watched = master === undefined ? '' : `, the name of the master "${master}"`
  return new ConnectError(
    `${name} cannot be reached (${reasonOf(root, waited)}): check host and port in ${source}${watched}, whether it wants ` +
      'TLS (rediss://), and that the server is running',
    safeCause(root),
  )
}

/** What the first command came back with, on a connection that could be made. */
export function probeError(error: unknown, { name }: Target, waited: number): ConnectError {
  const code = replyCode(error)
  if (code === 'ERR') {
    return new ConnectError(`${name} cannot run what the driver needs (EVAL): Redis 7 or later, with scripts`)
  }
  if (code !== null) return new ConnectError(`${name}: ${describeRefusal(code, 'EVAL')}`)
  return new ConnectError(
    `${name} does not answer (${reasonOf(error, waited)}): check that it is Redis and not blocked`,
    safeCause(error),
  )
}

/** How Redis begins an error: with a word in capitals. */
const REPLY = /^[A-Z][A-Z]+(?= )/
/** Where it names a command that it does not know, or that the user may not run. */
const COMMAND = /(?:unknown command|run the) [`']([a-z]{1,20}(?:\|[a-z-]{1,20})?)['`]/i

/** What happened, in our words. */
function reasonOf(root: unknown, waited: number): string {
  const code = codeOf(root)
  const text = textOf(root)
  if (root instanceof NoAnswerInTime || code === 'ETIMEDOUT' || /^(Connection timeout|connect ETIMEDOUT)/.test(text)) {
    return `no answer within ${waited} ms`
  }
  if (code !== undefined) return String(code)
  if (/connection is closed|socket closed|client is (closed|offline)|stream isn't writeable/i.test(text)) {
    return 'it closed the connection'
  }
  return /RESP type/.test(text) ? 'its answers are not those of Redis' : nameAndCode(root)
}

/** ioredis tells the error of a Sentinel behind words of its own. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^All sentinels are unreachable.*?Last error: /, '') : ''
}

/** The error inside the wrappings of the cluster clients. */
function rootOf(error: unknown): unknown {
  const { lastNodeError, cause, errors } = (error ?? {}) as Partial<Record<'lastNodeError' | 'cause', unknown>> & {
    errors?: unknown[]
  }
  const inner = lastNodeError ?? cause ?? errors?.[0]
  return inner instanceof Error && inner !== error ? rootOf(inner) : error
}
