import type { IdRule, NewRecord, Revision, StoredRecord } from '@sessionbank/databank-kit'

/** A Map takes any text; the limit is that of other banks, to which the app may move. */
const LONGEST_ID = 4_096

export const IDS: IdRule = {
  rule: `text of up to ${LONGEST_ID} bytes of UTF-8 without lone surrogates`,
  maxBytes: LONGEST_ID,
}

/** A record as the bank holds it. Changed in place; callers get copies. */
export class Entry {
  readonly id: string
  json: string
  revision: Revision
  expires: number | null
  /** Its index in the order of expiry; -1 if it is not in it. */
  place = -1
  /** The token of each indexed field, in the order of the fields; null if the value is not a scalar. */
  tokens: (string | null)[] = NO_TOKENS
  /** Its size, if the bank limits bytes. */
  bytes = 0
  /** The number of its last use: a later use has a greater number. */
  usedAt = 0
  /** Its neighbours in the order of use, if the bank has a limit. */
  older: Entry | null = null
  newer: Entry | null = null

  constructor(id: string, { json, expires }: NewRecord, revision: Revision) {
    this.id = id
    this.json = json
    this.revision = revision
    this.expires = expires
  }

  /** Returns a copy, which later changes of the entry do not affect. */
  get record(): StoredRecord {
    return { json: this.json, revision: this.revision, expires: this.expires }
  }
}

const NO_TOKENS: (string | null)[] = []

/** One counter for all banks of the process, because a revision must never repeat, even after `disconnect`. */
let revisions = 0

export function newRevision(): Revision {
  return String(++revisions)
}

/** Returns the bytes of a record that count towards `maxTotalBytes`. */
export function sizeOf(id: string, json: string): number {
  return Buffer.byteLength(id) + Buffer.byteLength(json)
}
