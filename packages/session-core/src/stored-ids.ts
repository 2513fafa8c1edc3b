import { digestOf } from './digest.ts'

/** `true`: the bank holds hashed ids only. `'migrate'`: existing sessions keep their plain ids until they end. */
export type HashIds = boolean | 'migrate'

const PREFIX = 'h1:'
const HASHED = /^h1:[\w-]{43}$/

/** Returns whether an id is the hashed form of a session id. A client that sends such an id has read the bank. */
export function isHashedId(id: string): boolean {
  return id.startsWith(PREFIX) && HASHED.test(id)
}

/** Returns the SHA-256, in base64url, of the session id that belongs to an id of the bank. */
export function digestOfStored(id: string): string {
  return isHashedId(id) ? id.slice(PREFIX.length) : digestOf(id)
}

/** Maps session ids to the ids under which a bank holds sessions. */
export class StoredIds {
  readonly #mode: HashIds

  constructor(mode: HashIds) {
    this.#mode = mode
  }

  /** Returns whether an id of the bank is a session id that may be shown. */
  isShown(storedId: string): boolean {
    return this.#mode === false && !isHashedId(storedId)
  }

  /** Returns the bank's id for a new session. */
  idOf(sid: string): string {
    return this.#mode === false ? sid : PREFIX + digestOf(sid)
  }

  /** Returns the id under which an older session may be stored; null if there is none. */
  olderIdOf(sid: string): string | null {
    return this.#mode === 'migrate' ? sid : null
  }

  /** Returns one key for all ids under which a session may be stored. */
  keyOf(storedId: string): string {
    return isHashedId(storedId) ? storedId : this.idOf(storedId)
  }
}
