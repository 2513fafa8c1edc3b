import { type Failure, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'
import type { WaitOptions } from './options.ts'
import { scriptOf } from './scripts.ts'

/**
 * Redis answers an error with a word in capitals: `WRONGTYPE Operation against…`. What the client libraries say of
 * themselves does not begin like that, and what the system says has a code. By the text, because a client that was handed
 * in may come from another copy of the library, whose classes are not ours.
 */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || 'code' in error) return null
  // How Redis says NOPERM of a command inside a script.
  if (error.message.startsWith("ERR The user executing the script can't run")) return 'NOPERM'
  return /^[A-Z][A-Z]+(?= |$)/.exec(error.message)?.[0] ?? null
}

/** Answers that mean "not now" or "not here": nothing was done, and it may work in a moment. */
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

/** There is no node that a command could be sent to. */
export const UNREACHABLE = new Error('no node of Redis can be reached')

/** A command that failed, and how. */
export class CommandFailed extends Error {
  readonly command: string
  readonly failure: unknown

  constructor(command: string, failure: unknown) {
    super('a command of Redis failed')
    this.command = command
    this.failure = failure
  }
}

/** Says how a call failed, for the caller; never with the text of Redis, which may quote a key or a value. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof CommandFailed)) {
    return {
      outcome: 'unknown',
      message: 'the Redis driver could not use what Redis answered',
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
      'Redis cannot be reached; nothing was sent. Check that the server is running and can be reached; the driver connects ' +
      'again by itself'
    return { outcome: 'unsent', message, isTransient: true, cause }
  }
  const message = 'the connection to Redis was lost before it answered'
  return { outcome: 'unknown', message, isTransient: true, cause }
}

/** Returns the error of a write that was done and that too few replicas confirmed. */
export function unconfirmed({ replicas, timeout }: WaitOptions, confirmed: unknown): UnknownOutcomeError {
  const code = replyCode(confirmed)
  if (typeof confirmed === 'number') {
    return new UnknownOutcomeError(
      `Redis did the write, but ${confirmed} instead of ${replicas} replicas confirmed it within ${timeout} ms: a ` +
        'fail-over may lose it. Check the replicas, or ask for fewer with `wait`',
    )
  }
  const why = code === null ? 'the connection was lost before a replica confirmed it' : describeRefusal(code, 'WAIT')
  return new UnknownOutcomeError(`Redis did the write, but ${why}: a fail-over may lose it`, safeCause(confirmed))
}

/** What the libraries say of a command that they did not even begin to send. */
const NEVER_SENT = /^(The client is (closed|offline)|Stream isn't writeable and enableOfflineQueue options is false)/

function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message)
}

const HINTS: Record<string, string> = {
  WRONGTYPE: 'something else, not a string, stands at this key',
  OOM: 'its memory is full: raise maxmemory, or choose an eviction policy that may evict keys with an expiry',
  NOAUTH: 'it wants a user and password now: put them into the url',
  NOPERM: 'the user lacks a right: grant the commands of "Rights" in docs/guides/redis.md of Sessionbank',
  MISCONF: 'it cannot save to its disk, and stops writing: look into its log',
  READONLY: 'this node is a replica',
  NOREPLICAS: 'too few replicas are connected to it (min-replicas-to-write)',
  MOVED: 'this node belongs to a cluster: use a redis+cluster:// url',
  CLUSTERDOWN: 'the cluster is down, or some of its slots are served by nobody',
  LOADING: 'it is still loading its data',
}

/**
 * A refusal in words; never the text of Redis, which may quote a key or a value.
 *
 * @param command the name of what was refused
 */
export function describeRefusal(code: string, command = 'a command'): string {
  const hint = HINTS[code]
  const refusal = `Redis refused ${scriptOf(command) ? 'EVALSHA' : command} with ${code}`
  return hint === undefined ? refusal : `${refusal}: ${hint}`
}
