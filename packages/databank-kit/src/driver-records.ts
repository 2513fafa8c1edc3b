import type { Tokens } from './index-tokens.ts'
import type { Revision, StoredRecord } from './records.ts'

/** A new record for a driver. All values have been checked. */
export interface NewRecord {
  /** The value as JSON text, well-formed. */
  json: string
  /** Expiry, in ms since the epoch; null: never. */
  expires: number | null
  /** The tokens of the indexed fields; null for a field without a scalar. */
  tokens: Tokens
}

/** The condition under which a record is changed. */
export interface Condition {
  /** Absent: always. null: only if there is no live record. Otherwise: only if the live record has this revision. */
  ifRevision?: Revision | null | undefined
  /** True if a live record with a later expiry keeps it. */
  extend: boolean
  /** The time that decides whether a record is live, in ms since the epoch. */
  now: number
}

/** A new expiry for a record. */
export interface Touch {
  /** Expiry, in ms since the epoch; null: never. */
  expires: number | null
  /** The tokens of the record, as in {@link NewRecord}; absent if the caller has not passed any. */
  tokens?: Tokens | undefined
}

/** A search of an index for the records that may have a value. */
export interface IndexQuery {
  /** The indexed field, a dotted path. */
  field: string
  /** The token of the value. */
  token: string
}

/** One page of records. A `record` of null means that the index has an id without a record. */
export interface Page {
  /** Ids and records, including expired ones. */
  records: [id: string, record: StoredRecord | null][]
  /** Position of the next page; absent on the last page. */
  next?: unknown
}
