import { type Failure, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'
import type { WaitOptions } from './options.ts'
import { scriptOf } from './scripts.ts'

/**
 * Returns the code of an error reply of Redis, which begins with a word in capitals: `WRONGTYPE Operation against…`.
 * Returns null for errors of the client libraries and of the system. Checks the text, because the app's client may come
 * from another copy of the library, with other error classes.
 */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || 'code' in error) return null
  // Redis's message for NOPERM inside a script.
  if (error.message.startsWith("ERR The user executing the script can't run")) return 'NOPERM'
  return /^[A-Z][A-Z]+(?= |$)/.exec(error.message)?.[0] ?? null
}

/** Errors that mean "not now" or "not on this node": nothing was done, and a retry may succeed. */
const TRANSIENT = new Set([
  'NOSCRIPT',
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'BUSY',
])

export function isTransient(code: string): boolean {
  return TRANSIENT.has(code)
}

/** No node is available for the command. */
export const UNREACHABLE = new Error('no node of Redis can be reached')

/** A failed command and its error. */
export class CommandFailed extends Error {
  readonly command: string
  readonly failure: unknown

  constructor(command: string, failure: unknown) {
    super('a command of Redis failed')
    this.command = command
    this.failure = failure
  }
}

/** Describes how a call failed. Never quotes Redis, whose messages may contain a key or a value. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof CommandFailed)) {
    return {
      outcome: 'unknown',
      message: 'the Redis driver cannot use the answer of Redis',
      cause: safeCause(error),
    }
  }
  const { command, failure } = error
  const code = replyCode(failure)
  if (code !== null) {
    return { outcome: 'refused', message: describeRefusal(code, command), isTransient: isTransient(code) }
  }
  const cause = failure === UNREACHABLE ? undefined : safeCause(failure)
  if (failure === UNREACHABLE || wasNeverSent(failure)) {
    const message =
      'Redis cannot be reached; nothing was sent. Check that the server is running and reachable; the driver reconnects ' +
      'automatically'
    return { outcome: 'unsent', message, isTransient: true, cause }
  }
  const message = 'the connection to Redis was lost before it answered'
  return { outcome: 'unknown', message, isTransient: true, cause }
}

/** Returns the error for a write that was done, but that too few replicas confirmed. */
export function unconfirmed({ replicas, timeout }: WaitOptions, confirmed: unknown): UnknownOutcomeError {
  const code = replyCode(confirmed)
  if (typeof confirmed === 'number') {
    return new UnknownOutcomeError(
      `Redis did the write, but ${confirmed} instead of ${replicas} replicas confirmed it within ${timeout} ms: a ` +
        'fail-over may lose it. Check the replicas, or require fewer with `wait`',
    )
  }
  const why = code === null ? 'the connection was lost before a replica confirmed it' : describeRefusal(code, 'WAIT')
  return new UnknownOutcomeError(`Redis did the write, but ${why}: a fail-over may lose it`, safeCause(confirmed))
}

/** Matches messages of the libraries about a command that was not sent at all. */
const NEVER_SENT = /^(The client is (closed|offline)|Stream isn't writeable and enableOfflineQueue options is false)/

function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message)
}

const HINTS: Record<string, string> = {
  WRONGTYPE: 'the value at this key is not a string',
  OOM: 'its memory is full: raise maxmemory, or choose an eviction policy that may evict keys with an expiry',
  NOAUTH: 'it now requires a user and password: put them into the url',
  NOPERM: 'the user lacks a right: grant the commands of "Rights" in docs/guides/redis.md of Sessionbank',
  MISCONF: 'it cannot save to its disk and rejects writes: check its log',
  READONLY: 'this node is a replica',
  NOREPLICAS: 'too few replicas are connected to it (min-replicas-to-write)',
  MOVED: 'this node belongs to a cluster: use a redis+cluster:// url',
  CLUSTERDOWN: 'the cluster is down, or some of its slots have no master',
  LOADING: 'it is still loading its data',
}

/**
 * Describes a refusal. Never quotes Redis, whose messages may contain a key or a value.
 *
 * @param command the name of the refused command
 */
export function describeRefusal(code: string, command = 'a command'): string {
  const hint = HINTS[code]
  const refusal = `Redis refused ${scriptOf(command) ? 'EVALSHA' : command} with ${code}`
  return hint === undefined ? refusal : `${refusal}: ${hint}`
}
