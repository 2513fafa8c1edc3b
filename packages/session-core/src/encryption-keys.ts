import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { JsonScalar } from '@sessionbank/databank-kit'
import { digestOf } from './digest.ts'
import { InvalidOptionError } from './errors.ts'

const KEY_BYTES = 32
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[\w+/-]{43}=?$/
/** In bytes: enough to tell the few keys of an app apart. */
const ID_BYTES = 6

/** Keys derived from one of the app's keys, one for each purpose, and an id that reveals nothing of the key. */
export interface EncryptionKey {
  /** The id by which sealed records refer to the key. */
  id: string
  /** For AES-256-GCM. */
  cipher: KeyObject
  /** Returns the token of a blind index: always the same for one type, field and value. */
  blindToken(type: string, field: string, value: JsonScalar): string
}

const RULE =
  'option "encryption.keys" must be a list of keys, the newest first, each of 32 random bytes as a Buffer, base64 or hex: ' +
  'make one with `openssl rand -base64 32`'

/**
 * Returns the keys in the given order.
 *
 * @throws InvalidOptionError, which does not quote the keys, if there is none, if two are equal or if one is not 32
 * bytes long
 */
export function encryptionKeys(given: unknown): readonly [EncryptionKey, ...EncryptionKey[]] {
  const [newest, ...older] = Array.isArray(given) ? Array.from(given, keyBytes) : []
  if (!newest) throw new InvalidOptionError(RULE)
  const keys = [newest, ...older] as const
  if (keys.some((key, n) => keys.findIndex((other) => other.equals(key)) < n)) {
    throw new InvalidOptionError(
      'option "encryption.keys" has the same key twice: make another with `openssl rand -base64 32`',
    )
  }
  return [encryptionKey(newest), ...older.map(encryptionKey)]
}

function keyBytes(given: unknown): Buffer {
  const bytes = typeof given === 'string' ? decodedKey(given) : given
  if (bytes instanceof Uint8Array && bytes.byteLength === KEY_BYTES) return Buffer.from(bytes)
  const isMissing = given === undefined || given === ''
  throw new InvalidOptionError(isMissing ? `${RULE}. One is missing: is its environment variable set?` : RULE)
}

function decodedKey(text: string): Buffer | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex')
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null
}

function encryptionKey(bytes: Buffer): EncryptionKey {
  const derived = (purpose: string, length = KEY_BYTES) => {
    return Buffer.from(hkdfSync('sha256', bytes, '', `sessionbank ${purpose}`, length))
  }
  const blind = createSecretKey(derived('blind index'))
  return {
    id: derived('key id', ID_BYTES).toString('base64url'),
    cipher: createSecretKey(derived('seal')),
    blindToken(type, field, value) {
      const hmac = createHmac('sha256', blind).update(JSON.stringify([type, field, value]))
      return `~${hmac.digest('base64url')}`
    },
  }
}

/** Returns the token for a field without a blind index: the same for all records, so that a search reads all. */
export function unblindedToken(field: string): string {
  return `~${digestOf(`sessionbank unblinded\0${field}`)}`
}
