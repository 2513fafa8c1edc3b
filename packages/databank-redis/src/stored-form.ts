import { hash } from 'node:crypto'
import { type IdRule, InvalidOptionError, type Revision, type StoredRecord } from '@sessionbank/databank-kit'

/** A Redis key has at most 512 MB. */
export const IDS: IdRule = { rule: 'text of up to 256 MB without lone surrogates', maxBytes: 2 ** 28 }

/**
 * Returns a type as used in keys, where a `:` ends it. A `:` inside is replaced by `%3A`, so that no type can be
 * mistaken for the beginning of another, and a `%` by `%25`.
 */
export function typeInKey(type: string): string {
  if (!type.isWellFormed()) {
    throw new InvalidOptionError('Redis cannot store a type with a lone surrogate: rename the type')
  }
  return type.replaceAll('%', '%25').replaceAll(':', '%3A')
}

/** Longer texts are compared by their digest, which takes Redis 6 ns a character. */
const LONG_TEXT = 8192
/** Length of a SHA-1 in hexadecimal digits. */
export const DIGEST_LENGTH = 40

/**
 * Returns the revision of a text: the text itself if it is short, else its SHA-1, which `redis.sha1hex` also computes.
 */
export function revisionOf(json: string): Revision {
  return json.length > LONG_TEXT ? hash('sha1', json) : json
}

/** A record returned by the script. */
class LoadedRecord implements StoredRecord {
  readonly json: string
  readonly expires: number | null
  #revision: Revision | undefined

  constructor(json: string, end: unknown) {
    this.json = json
    this.expires = expiryIn(end)
  }

  /** Computed on demand. */
  get revision(): Revision {
    this.#revision ??= revisionOf(this.json)
    return this.#revision
  }
}

/** Returns the record from a value and the reply of PEXPIRETIME, or null if there is none. */
export function recordIn(json: unknown, end: unknown): LoadedRecord | null {
  return json === null ? null : new LoadedRecord(json as string, end)
}

/** Returns true if PEXPIRETIME replied that the key does not exist. */
export function isGone(reply: unknown): boolean {
  return Number(reply) === -2
}

/** Returns the expiry from PEXPIRETIME's reply for an existing key. */
export function expiryIn(reply: unknown): number | null {
  const end = Number(reply)
  return end < 0 ? null : end
}

/** Returns an expiry for a command: whole ms above 0, or '' for never. */
export function expiryText(expires: number | null): string {
  return expires === null ? '' : String(Math.max(1, Math.trunc(expires)))
}
