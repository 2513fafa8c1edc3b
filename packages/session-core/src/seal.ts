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

/** How the content of sessions is encrypted. */
export interface EncryptionOptions {
  /**
   * The keys, each 32 random bytes as a Buffer, base64 or hex, the newest first: it seals; all of them open. Make one with
   * `openssl rand -base64 32`.
   */
  keys: readonly (string | Uint8Array)[]
  /** Dotted fields that `find` and `destroyWhere` find by index, which shows who has equal values. Default: none. */
  blind?: readonly string[]
  /**
   * `false`: sessions that are not sealed are not found. Default: `true`, they are sealed at their next save. Until it is
   * `false`, a search by a blind field sends the bank the value itself as well, by which a plain session is indexed; it is
   * not stored.
   */
  plain?: boolean
  /**
   * `false`: sealed sessions are opened and stay sealed, and others stay plain. For the first step of a deployment, until
   * all processes have the keys. Default: `true`.
   */
  seal?: boolean
}

/** A record that was opened: as it was before it was sealed. */
export interface OpenedRecord extends StoredRecord {
  /** Names the key that it was sealed with; absent if it was not sealed. */
  readonly sealedBy?: string | undefined
}

/** Seals and opens the records of a store. */
export class Seal {
  readonly #type: string
  readonly #keys: readonly [EncryptionKey, ...EncryptionKey[]]
  readonly #blind: ReadonlySet<string>
  readonly #acceptsPlain: boolean
  readonly #sealsAll: boolean

  /** @throws InvalidOptionError saying what is wrong, without quoting a key */
  constructor(type: string, options: EncryptionOptions) {
    checkOptionNames(options, ['keys', 'blind', 'plain', 'seal'])
    this.#type = type
    this.#keys = encryptionKeys(options.keys)
    this.#blind = new Set(checkedFields(options.blind))
    this.#acceptsPlain = checkedFlag('plain', options.plain)
    this.#sealsAll = checkedFlag('seal', options.seal)
    if (!this.#sealsAll && !this.#acceptsPlain) {
      throw new InvalidOptionError(
        'option "encryption" with `seal: false` writes plain sessions, which `plain: false` would not find: give one of them',
      )
    }
  }

  /** Names the key that sealed records are written with. */
  get sealsBy(): string {
    return this.#keys[0].id
  }

  /** Whether a record of this version is to be written sealed. */
  isToSeal(version: Pick<OpenedRecord, 'sealedBy'> | null): boolean {
    return this.#sealsAll || version?.sealedBy !== undefined
  }

  /** Whether a record of this version is to be written anew by a save that changes nothing. */
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
   * Returns a record as it was before it was sealed.
   *
   * @throws UnreadableRecordError if it was sealed with another key or under another id, or changed since
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

  /** Returns what is in a sealed record; null if it has another form. */
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

  /** Returns the index tokens of a record that is sealed with a key; of fields that are not blind a text that says nothing. */
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

  /** Whether records can be found by an index of a field. */
  isBlind(field: string): boolean {
    return this.#blind.has(field)
  }

  /**
   * Returns all tokens under which a session with this value may lie in an index. The token that a save gives it comes last:
   * a session that is saved during the search is found under one or the other.
   */
  searchTokens(field: string, value: JsonScalar): string[] {
    const plain = this.#acceptsPlain ? [indexToken(field, value)] : []
    const blind = this.#keys.map((key) => key.blindToken(this.#type, field, value)).reverse()
    return [...plain, unblindedToken(field), ...blind]
  }
}

/** Returns a record as it was before it was sealed: as it is, if the store does not encrypt. See {@link Seal.open}. */
export function openedBy(seal: Seal | null, id: string, stored: StoredRecord): OpenedRecord {
  return seal ? seal.open(id, stored) : stored
}

/** The text and the rest of a record; its revision may cost a driver time. */
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
