/**
 * Redis answers an error with a word in capitals: `WRONGTYPE Operation against…`. What the client libraries say of
 * themselves does not begin like that, and what the system says has a code. By the text, because a client that was handed
 * in may come from another copy of the library, whose classes are not ours.
 */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || 'code' in error) return null
  return /^[A-Z][A-Z]+(?= |$)/.exec(error.message)?.[0] ?? null
}

/** Answers that mean "not now" or "not here": nothing was done, and it may work in a moment. */
const TRANSIENT = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'LOADING', 'READONLY', 'MASTERDOWN', 'BUSY'])

export function isTransient(code: string): boolean {
  return TRANSIENT.has(code)
}

/** What the libraries say of a command that they did not even begin to send. */
const NEVER_SENT = /^(The client is (closed|offline)|Stream isn't writeable and enableOfflineQueue options is false)/

export function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message)
}

const HINTS: Record<string, string> = {
  WRONGTYPE: 'something else, not a string, stands at this key',
  OOM: 'its memory is full: raise maxmemory, or choose an eviction policy that may evict keys with an expiry',
  NOAUTH: 'it wants a user and password now: put them into the url',
  NOPERM: 'the user may not run what the driver needs: see the README for the list of commands',
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
  const refusal = `Redis refused ${command} with ${code}`
  return hint === undefined ? refusal : `${refusal}: ${hint}`
}
