import {
  indexToken,
  isScalar,
  type JsonScalar,
  parsed,
  type Revision,
  type StoredRecord,
  type Tokens,
  valueAt,
  valueIn,
} from '@sessionbank/databank-kit'
import { type EncryptionKey, encryptionKeys, unblindedToken } from './encryption-keys.ts'
import { InvalidOptionError, UnreadableRecordError } from './errors.ts'
import { checkOptionNames } from './options.ts'
import { decrypted, encrypted, isSealed, type SealedRecord, sealedIn, sealedInText, sealedText } from './sealed-form.ts'
import { isObject } from './session-record.ts'
import { digestOfStored, isHashedId } from './stored-ids.ts'

/**
 * How the content of sessions is encrypted.
 *
 * @example
 * ```ts
 * const { NEW_KEY = '', OLD_KEY = '' } = process.env
 * const encryption = { keys: [NEW_KEY, OLD_KEY], blind: ['user.id'] }
 * const sessions = new SessionStore(bank, { encryption })
 * ```
 */
export interface EncryptionOptions {
  /**
   * The keys, each 32 random bytes as a Buffer, base64 or hex. The first one is the newest and encrypts; all of them
   * decrypt. `openssl rand -base64 32` makes one.
   */
  keys: readonly (string | Uint8Array)[]
  /** Dotted fields that `find` and `destroyWhere` search by index, which reveals equal values. Default: none. */
  blind?: readonly string[]
  /**
   * Whether sessions that are not sealed are found; each is sealed at its next save. While `true`, a search by a blind
   * field also sends the value itself to the bank, because plain sessions are indexed by it. The bank does not store
   * it. Default: `true`.
   */
  plain?: boolean
  /**
   * Whether new sessions are sealed. `false` is for the first step of a deployment, until all processes have the keys:
   * sealed sessions are opened and stay sealed, others stay plain. Default: `true`.
   */
  seal?: boolean
}

/** An opened record: as it was before sealing. */
export interface OpenedRecord extends StoredRecord {
  /** The id of its key; absent if it was not sealed. */
  readonly sealedBy?: string | undefined
}

/** Seals and opens the records of a store. */
export class Seal {
  readonly #type: string
  readonly #keys: readonly [EncryptionKey, ...EncryptionKey[]]
  readonly #blind: ReadonlySet<string>
  readonly #acceptsPlain: boolean
  readonly #sealsAll: boolean

  /** @throws InvalidOptionError if an option is invalid; the message quotes no key */
  constructor(type: string, options: EncryptionOptions) {
    checkOptionNames(options, ['keys', 'blind', 'plain', 'seal'])
    this.#type = type
    this.#keys = encryptionKeys(options.keys)
    this.#blind = new Set(checkedFields(options.blind))
    this.#acceptsPlain = checkedFlag('plain', options.plain)
    this.#sealsAll = checkedFlag('seal', options.seal)
    if (!this.#sealsAll && !this.#acceptsPlain) {
      throw new InvalidOptionError(
        'option "encryption" writes plain sessions with `seal: false`, which `plain: false` would not find: set only one of them',
      )
    }
  }

  /** The id of the key that seals. */
  get sealsBy(): string {
    return this.#keys[0].id
  }

  /** Returns whether the next write seals the record with this stored version; null: a new record. */
  isToSeal(version: Pick<OpenedRecord, 'sealedBy'> | null): boolean {
    return this.#sealsAll || version?.sealedBy !== undefined
  }

  /** Returns whether a save writes the record even if nothing changed, to seal it with the newest key. */
  isOutdated(version: Pick<OpenedRecord, 'sealedBy'>): boolean {
    return this.isToSeal(version) && version.sealedBy !== this.sealsBy
  }

  /** Returns the sealed text of a record. */
  seal(id: string, text: string, created: number | null): string {
    const { cipher, id: keyId } = this.#keys[0]
    const bytes = encrypted(text, { cipher, keyId, digest: digestOfStored(id), created })
    return sealedText({ keyId, created, bytes }, isHashedId(id))
  }

  /**
   * Opens a record: returns it as it was before sealing.
   *
   * @throws UnreadableRecordError if it was sealed with another key or under another id, or has been changed
   */
  open(id: string, stored: StoredRecord): OpenedRecord {
    const sealed = this.#sealed(id, stored)
    if (sealed === 'plain') return stored
    const key = sealed && this.#keys.find(({ id }) => id === sealed.keyId)
    if (!sealed || !key) throw new UnreadableRecordError('sealed')
    const { created, bytes } = sealed
    const text = decrypted(bytes, { cipher: key.cipher, keyId: key.id, digest: digestOfStored(id), created })
    if (text === null) throw new UnreadableRecordError('sealed')
    return new Opened(stored, text, key.id)
  }

  /** Returns the parts of a sealed record, or `plain` if it is not sealed; null if it has another form. */
  #sealed(id: string, stored: StoredRecord): SealedRecord | 'plain' | null {
    const isHashed = isHashedId(id)
    const own = stored.value === undefined ? sealedInText(stored.json, isHashed) : null
    if (own) return own
    const value = valueIn(stored)
    if (!isObject(value)) return null
    if (isSealed(value)) return sealedIn(value, isHashed)
    if (this.#acceptsPlain) return 'plain'
    throw new UnreadableRecordError('plain')
  }

  /**
   * Returns the index tokens of a record that is sealed with a key. Tokens of fields that are not blind reveal nothing.
   */
  tokens(text: string, fields: readonly string[], keyId = this.sealsBy): Tokens {
    const tokens: Tokens = Object.create(null)
    if (fields.length === 0) return tokens
    const key = this.#keys.find(({ id }) => id === keyId) ?? this.#keys[0]
    const value = parsed(text)
    for (const field of fields) {
      const scalar = valueAt(value, field)
      tokens[field] = isScalar(scalar) ? this.#token(key, field, scalar) : null
    }
    return tokens
  }

  #token(key: EncryptionKey, field: string, scalar: JsonScalar): string {
    return this.#blind.has(field) ? key.blindToken(this.#type, field, scalar) : unblindedToken(field)
  }

  /** Returns whether a field has a blind index. */
  isBlind(field: string): boolean {
    return this.#blind.has(field)
  }

  /**
   * Returns all tokens under which a session with this value may be indexed. The token of a new save comes last, so
   * that a session that is saved during the search is found under the old or the new one.
   */
  searchTokens(field: string, value: JsonScalar): string[] {
    const plain = this.#acceptsPlain ? [indexToken(field, value)] : []
    const blind = this.#keys.map((key) => key.blindToken(this.#type, field, value)).reverse()
    return [...plain, unblindedToken(field), ...blind]
  }
}

/** Opens a record if the store encrypts; see {@link Seal.open}. Otherwise returns it unchanged. */
export function openedBy(seal: Seal | null, id: string, stored: StoredRecord): OpenedRecord {
  return seal ? seal.open(id, stored) : stored
}

/** An opened record. Its revision is a getter, because some drivers calculate it. */
class Opened implements OpenedRecord {
  readonly json: string
  readonly expires: number | null
  readonly sealedBy: string
  readonly #stored: StoredRecord

  constructor(stored: StoredRecord, json: string, sealedBy: string) {
    this.#stored = stored
    this.json = json
    this.expires = stored.expires
    this.sealedBy = sealedBy
  }

  get revision(): Revision {
    return this.#stored.revision
  }
}

function checkedFields(fields: unknown = []): readonly string[] {
  const isList = Array.isArray(fields) && fields.every((field) => typeof field === 'string' && field !== '')
  if (isList) return fields
  throw new InvalidOptionError('option "encryption.blind" must be a list of field names, such as ["user.id"]')
}

function checkedFlag(name: string, flag: unknown = true): boolean {
  if (typeof flag === 'boolean') return flag
  throw new InvalidOptionError(`option "encryption.${name}" must be true or false`)
}
