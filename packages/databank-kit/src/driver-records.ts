import type { Tokens } from './index-tokens.ts'
import type { Revision, StoredRecord } from './records.ts'

/** A record as a driver stores it: all of it is checked. */
export interface NewRecord {
  /** The value as JSON text, well-formed. */
  json: string
  /** End of life in ms since the epoch; null: never. */
  expires: number | null
  /** Of each indexed field its token; null if it holds no scalar. */
  tokens: Tokens
}

/** Under which condition a record is changed. */
export interface Condition {
  /** Absent: always. null: only if there is no live record. Else: only if the live record has this revision. */
  ifRevision?: Revision | null | undefined
  /** True: a live record that ends later keeps its end. */
  extend: boolean
  /** The time by which a record lives or not, in ms since the epoch. */
  now: number
}

/** What a driver moves the expiry of. */
export interface Touch {
  /** End of life in ms since the epoch; null: never. */
  expires: number | null
  /** As in {@link NewRecord}; absent if the caller has not said. */
  tokens?: Tokens | undefined
}

/** An index that is asked for the records that may have a value. */
export interface IndexQuery {
  /** The indexed field, a dotted path. */
  field: string
  /** The token of the value that is searched. */
  token: string
}

/** Some of many records. `record` null: the index names an id that has none. */
export interface Page {
  /** Ids and what lies under them, expired records too. */
  records: [id: string, record: StoredRecord | null][]
  /** Where the next page begins; absent on the last one. */
  next?: unknown
}
