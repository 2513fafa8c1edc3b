import type { IdRule, NewRecord, Revision, StoredRecord } from '@sessionbank/databank-kit'

/** Any text will do for a Map; another bank, to which the app may move, takes no more than this. */
const LONGEST_ID = 4_096

export const IDS: IdRule = {
  rule: `in the memory bank up to ${LONGEST_ID} bytes of UTF-8, without lone surrogates`,
  maxBytes: LONGEST_ID,
}

/** A record as the bank holds it. A change is made in place; callers get copies. */
export class Entry {
  readonly id: string
  json: string
  revision: Revision
  expires: number | null
  /** Its place in the order of expiry; -1: it has none, as it never ends. */
  place = -1
  /** Of each indexed field its token, in the order of the fields; null: no scalar. */
  tokens: (string | null)[] = NO_TOKENS
  /** Its size, where the bank has a limit. */
  bytes = 0
  /** When it was last used, as a number that grows with each use. */
  usedAt = 0
  /** Its neighbours in the order of use, where the bank has a limit. */
  older: Entry | null = null
  newer: Entry | null = null

  constructor(id: string, { json, expires }: NewRecord, revision: Revision) {
    this.id = id
    this.json = json
    this.revision = revision
    this.expires = expires
  }

  /** Returns a copy, which stays as it is whatever the bank does later. */
  get record(): StoredRecord {
    return { json: this.json, revision: this.revision, expires: this.expires }
  }
}

const NO_TOKENS: (string | null)[] = []

/** One count for all banks of the process: a revision must not come again, not even after `disconnect`. */
let revisions = 0

export function newRevision(): Revision {
  return String(++revisions)
}

/** Returns how many bytes a record has for a limit. */
export function sizeOf(id: string, json: string): number {
  return Buffer.byteLength(id) + Buffer.byteLength(json)
}
