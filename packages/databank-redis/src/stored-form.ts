import { hash } from 'node:crypto'
import { type IdRule, InvalidOptionError, type Revision, type StoredRecord } from '@sessionbank/databank-kit'

/** A key is a string of Redis, of 512 MB at most. */
export const IDS: IdRule = { rule: 'text without half of a surrogate pair, of at most 256 MB', maxBytes: 2 ** 28 }

/**
 * Returns a type as it stands in keys, where a `:` ends it: one inside is written `%3A`, so that no type can be taken for
 * the beginning of another, and therefore a `%` is written `%25`.
 */
export function typeInKey(type: string): string {
  if (!type.isWellFormed()) {
    throw new InvalidOptionError('a type with half of a surrogate pair cannot be kept in Redis')
  }
  return type.replaceAll('%', '%25').replaceAll(':', '%3A')
}

/** A longer text is compared by its digest, which takes Redis 6 ns a character. */
const LONG_TEXT = 8192
/** Of a SHA-1 in hexadecimal digits. */
export const DIGEST_LENGTH = 40

/** Returns the revision of a text: the text itself if it is short, else its SHA-1, as `redis.sha1hex` computes it in a script. */
export function revisionOf(json: string): Revision {
  return json.length > LONG_TEXT ? hash('sha1', json) : json
}

/** A record as the script returns it. */
class LoadedRecord implements StoredRecord {
  readonly json: string
  readonly expires: number | null
  #revision: Revision | undefined

  constructor(json: string, end: unknown) {
    this.json = json
    this.expires = expiryIn(end)
  }

  /** Computed when it is asked for. */
  get revision(): Revision {
    this.#revision ??= revisionOf(this.json)
    return this.#revision
  }
}

/** Returns the record in a value and the reply of PEXPIRETIME; null if there is none. */
export function recordIn(json: unknown, end: unknown): LoadedRecord | null {
  return json === null ? null : new LoadedRecord(json as string, end)
}

/** Returns whether PEXPIRETIME said that a key is not there. */
export function isGone(reply: unknown): boolean {
  return Number(reply) === -2
}

/** Returns the expiry that PEXPIRETIME returned of a key that is there. */
export function expiryIn(reply: unknown): number | null {
  const end = Number(reply)
  return end < 0 ? null : end
}

/** Returns an expiry as commands take it: whole ms, above 0; '' for never. */
export function expiryText(expires: number | null): string {
  return expires === null ? '' : String(Math.max(1, Math.trunc(expires)))
}
