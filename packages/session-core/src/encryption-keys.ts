import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto'
import type { JsonScalar } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'

const KEY_BYTES = 32
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[\w+/-]{43}=?$/
/** In bytes: among the few keys of an app, enough to tell them apart. */
const ID_BYTES = 6

/** What follows from one of the app's keys: a key of its own for each purpose, and a name that says nothing of it. */
export interface EncryptionKey {
  /** Names the key in the records that it seals. */
  id: string
  /** For AES-256-GCM. */
  cipher: KeyObject
  /** Returns the token of a blind index, the same for the same type, field and value. */
  blindToken(type: string, field: string, value: JsonScalar): string
}

/**
 * Returns the keys, in their order.
 *
 * @throws InvalidOptionError if there is none, if two are equal, or if one is not of 32 bytes; without quoting it
 */
export function encryptionKeys(given: unknown): readonly [EncryptionKey, ...EncryptionKey[]] {
  const keys = Array.isArray(given) ? Array.from(given, keyBytes) : []
  const [newest, ...older] = keys.map((bytes) => bytes && encryptionKey(bytes))
  const all = [newest, ...older].filter((key) => key != null)
  if (!newest || all.length < keys.length) throw new InvalidOptionError(RULE)
  if (new Set(keys.map((bytes) => bytes?.toString('hex'))).size < keys.length) {
    throw new InvalidOptionError(
      'option "encryption.keys" has one key twice: make another with `openssl rand -base64 32`',
    )
  }
  return [newest, ...all.slice(1)]
}

const RULE =
  'option "encryption.keys" must be a list of keys, the newest first, each of 32 random bytes as a Buffer, base64 or hex: ' +
  'make one with `openssl rand -base64 32`'

/** Returns null if this is no key. */
function keyBytes(given: unknown): Buffer | null {
  if (typeof given === 'string') {
    if (HEX.test(given)) return Buffer.from(given, 'hex')
    const bytes = BASE64.test(given) ? Buffer.from(given, 'base64') : null
    return bytes?.length === KEY_BYTES ? bytes : null
  }
  return given instanceof Uint8Array && given.byteLength === KEY_BYTES ? Buffer.from(given) : null
}

function encryptionKey(bytes: Buffer): EncryptionKey {
  const derived = (purpose: string, length = KEY_BYTES) => {
    return Buffer.from(hkdfSync('sha256', bytes, '', `sessionbank ${purpose}`, length))
  }
  const blind = createSecretKey(derived('blind index'))
  return {
    id: derived('key id', ID_BYTES).toString('base64url'),
    cipher: createSecretKey(derived('seal')),
    blindToken: (type, field, value) => {
      return `~${createHmac('sha256', blind)
        .update(JSON.stringify([type, field, value]))
        .digest('base64url')}`
    },
  }
}

/** Returns the token of records that were sealed without a blind index of the field: a search looks at each of them. */
export function unblindedToken(field: string): string {
  return `~${hash('sha256', `sessionbank unblinded\0${field}`, 'buffer').toString('base64url')}`
}
