import type { Revision } from '@sessionbank/databank-kit'
import type { SessionCookie } from './cookie.ts'
import type { Fields } from './session-record.ts'

/** What a session object was loaded from or last saved as. */
export interface LinkedRecord {
  /** The record's text: for a loaded object what the bank held, for a saved one its own content, without what was merged in. */
  json: string
  /** The cookie in it. */
  cookie: SessionCookie
  /** The cookie as the framework was shown it, with its true expiry. */
  shown: SessionCookie
  /** Keys that the framework's session object cannot hold; null where there are none. */
  withheld: Fields | null
  created: number | null
  expires: number | null
  /** The earliest end that the framework itself gives its cookie, in ms since the epoch; null: any. See `leastEndOf`. */
  leastEnd: number | null
  /** Whether the bank would hold it beyond the limit of its life, which another app does not know. */
  isOverdue: boolean
  /** What the bank held then; null after a merge, so that it matches nothing and the next save reads again. */
  revision: Revision | null
}

/**
 * Ties a framework's session object to what the bank held, so that a save knows what this request changed and whether
 * the session is still there. An adapter keeps one for each session object.
 */
export class Link {
  #sid: string | undefined
  #record: LinkedRecord | null = null

  /** Whether the link is tied to a session of this id, dead or alive. */
  isOf(sid: string): boolean {
    return this.#sid === sid
  }

  /** The record of this session; null where the object has never been in the bank under this id: a new session. */
  recordOf(sid: string): LinkedRecord | null {
    return this.#sid === sid ? this.#record : null
  }

  /** Whether the session is gone for good: logged out, expired or regenerated elsewhere. */
  isDead(sid: string): boolean {
    return this.#sid === sid && this.#record === null
  }

  tie(sid: string, record: LinkedRecord): void {
    this.#sid = sid
    this.#record = record
  }

  /** The object may be saved as often as it wants: this session never comes back. */
  kill(sid: string): void {
    this.#sid = sid
    this.#record = null
  }
}
