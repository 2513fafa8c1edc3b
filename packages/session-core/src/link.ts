import type { SessionRecord } from './session-record.ts'

/**
 * Ties a framework's session object to what the bank held, so that a save knows what this request changed and whether
 * the session is still there. An adapter keeps one for each session object.
 */
export class Link {
  #sid: string | undefined
  #record: SessionRecord | null = null

  /** True if the link is tied to a session of this id, present or gone. */
  isOf(sid: string): boolean {
    return this.#sid === sid
  }

  /** Returns the record of this session; null if the object has never been in the bank under this id: a new session. */
  recordOf(sid: string): SessionRecord | null {
    return this.#sid === sid ? this.#record : null
  }

  /** True if the session is gone for good: logged out, expired or regenerated elsewhere. */
  isGone(sid: string): boolean {
    return this.#sid === sid && this.#record === null
  }

  /** Ties the link to the record of a session, as it was read or written. */
  tie(sid: string, record: SessionRecord): void {
    this.#sid = sid
    this.#record = record
  }

  /** Marks the session as gone. Later saves of this object are dropped. */
  markGone(sid: string): void {
    this.#sid = sid
    this.#record = null
  }
}
