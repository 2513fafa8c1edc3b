import { digestOf } from './digest.ts'

/** `true`: the bank holds hashed ids alone; `'migrate'`: besides, sessions under ids as they are live on until they end. */
export type HashIds = boolean | 'migrate'

const PREFIX = 'h1:'
const HASHED = /^h1:[\w-]{43}$/

/** Whether an id is the hashed form of a session id. No session has such a one: whoever presents it has read the bank. */
export function isHashedId(id: string): boolean {
  return id.startsWith(PREFIX) && HASHED.test(id)
}

/** Returns the SHA-256, in base64url, of the session id behind an id of the bank. */
export function digestOfStored(id: string): string {
  return isHashedId(id) ? id.slice(PREFIX.length) : digestOf(id)
}

/** Under which ids a bank holds sessions. */
export class StoredIds {
  readonly #mode: HashIds

  constructor(mode: HashIds) {
    this.#mode = mode
  }

  /** Whether an id of the bank is a session id that may be shown. */
  isShown(storedId: string): boolean {
    return this.#mode === false && !isHashedId(storedId)
  }

  /** Returns the id of the bank for a new session. */
  idOf(sid: string): string {
    return this.#mode === false ? sid : PREFIX + digestOf(sid)
  }

  /** Returns the id under which an older session may lie, if it is not found under its own; null if there is none. */
  olderIdOf(sid: string): string | null {
    return this.#mode === 'migrate' ? sid : null
  }

  /** Returns what is the same for all ids under which a session may lie. */
  keyOf(storedId: string): string {
    return isHashedId(storedId) ? storedId : this.idOf(storedId)
  }
}
