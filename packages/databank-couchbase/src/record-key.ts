import { createHash } from 'node:crypto'
import { InvalidOptionError } from '@sessionbank/databank-kit'

/** Couchbase's limit is 250 bytes, four of which it may need for the collection. */
const LONGEST_KEY = 246
/** Leaves room for a digest. */
const LONGEST_TYPE = 150

/** What all keys of a type begin with. A colon in the type is escaped, or "a:b" and "c" would meet "a" and "b:c". */
export function keyPrefix(type: string): string {
  const prefix = `${type.replaceAll('%', '%25').replaceAll(':', '%3A')}:`
  if (Buffer.byteLength(prefix) <= LONGEST_TYPE && isStorable(type)) return prefix
  throw new InvalidOptionError(`a type in Couchbase is up to ${LONGEST_TYPE} bytes of text without lone surrogates`)
}

/** `type:id`; of an id that is too long for a key, or looks like what stands for one, a digest: the document has the id. */
export function keyOf(prefix: string, id: string): string {
  const key = prefix + id
  if (!id.startsWith('#') && !id.includes('\0') && Buffer.byteLength(key) <= LONGEST_KEY) return key
  return `${prefix}#${createHash('sha256').update(id).digest('base64url')}`
}

/** UTF-8 has no halves of surrogate pairs. */
export function isStorable(text: unknown): text is string {
  return typeof text === 'string' && !/\p{Surrogate}/u.test(text)
}
