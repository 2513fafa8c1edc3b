import type { CallOptions } from './call.ts'
import type { JsonScalar } from './databank.ts'
import type { Tokens } from './index-tokens.ts'

/** Opaque text that changes with a record's content, but not with its expiry. */
export type Revision = string

/**
 * A record at the time of the read. Later changes of the bank or of `value` do not affect the other properties. A
 * driver may calculate `revision` on demand.
 */
export interface StoredRecord {
  /** The value as JSON text, exactly as it was written. */
  json: string
  /** The parsed text, if the driver already has it. Belongs to the caller, which may mutate it. */
  value?: unknown
  /** Changes with the content. */
  revision: Revision
  /** Expiry, in ms since the epoch; null: never. */
  expires: number | null
}

/** Options of a write, and its condition. */
export interface WriteOptions extends CallOptions {
  /**
   * Expiry, in ms since the epoch; null: never. A record with an expiry in the past is written, but never found. Any
   * other value is refused.
   */
  expires: number | null
  /** Absent: always write. null: only if there is no live record. Otherwise: only if its revision is this one. */
  ifRevision?: Revision | null
  /**
   * True if a live record with a later expiry than `expires` keeps it; has an effect only with a revision. A touch does
   * not change the revision, so a writer cannot know of a touch since its read. Default: `false`.
   */
  extend?: boolean
  /** The record's index tokens, by field. Default: calculated from its text. */
  tokens?: Tokens
}

/** Options of a touch, and its condition. */
export interface TouchOptions extends CallOptions {
  /** Absent: always touch. Otherwise: only if the record has this revision. */
  ifRevision?: Revision
  /** True if a record with a later expiry than `expires` keeps it; the touch still returns true. Default: `false`. */
  extend?: boolean
  /**
   * The record's index tokens, for a bank whose index entries expire with their record. Default: read from the bank.
   */
  tokens?: Tokens
}

/** Options of a stream. It reads page by page, and each page may take as long as a call. */
export type StreamOptions = Pick<CallOptions, 'isBackground'>

/** The writes of a synchronous bank: those of {@link Records}, but done when they return. Errors are thrown. */
export interface SyncWrites {
  /** As {@link Records.write}. */
  write(id: string, json: string, options: WriteOptions): Revision | null
  /** As {@link Records.touch}. */
  touch(id: string, expires: number | null, options?: TouchOptions): boolean
  /** As {@link Records.delete}. */
  delete(id: string): boolean
}

/**
 * All records of one type in a bank. Each call is atomic for its id, also between processes.
 *
 * A missing id is not an error, and an expired record counts as missing, even if the database has not removed it yet.
 * Errors are for failures of the system only: the bank cannot be reached, the disk is full, the outcome of a write is
 * unknown.
 */
export interface Records {
  /** The indexed fields; absent if unknown. */
  readonly indices?: readonly string[] | undefined

  /** Returns the live record, or null. */
  read(id: string, options?: CallOptions): Promise<StoredRecord | null>

  /**
   * Reads synchronously. Returns undefined if the driver cannot do that.
   *
   * @throws the errors of `read`
   */
  readNow?(id: string): StoredRecord | null | undefined

  /**
   * Absent unless the bank is synchronous, such as one in memory. Such a bank has `readNow` too. Stores call it instead of
   * `write`, `touch` and `delete`.
   */
  readonly sync?: SyncWrites | undefined

  /**
   * Writes content and expiry. Returns the new revision; null if the condition failed and nothing was written. If the
   * answer to a conditional write is lost, it is not sent again, and rejects with {@link UnknownOutcomeError}.
   * @example
   * ```ts
   * const records = bank.records('session')
   * const record = await records.read(sid)
   * const ifRevision = record?.revision ?? null
   * const revision = await records.write(sid, '{"user":"ann"}', { expires: Date.now() + 86_400_000, ifRevision })
   * if (revision === null) console.log('another writer was faster')
   * ```
   */
  write(id: string, json: string, options: WriteOptions): Promise<Revision | null>

  /** Changes only the expiry. Returns false if there is no such live record, or if it has another revision. */
  touch(id: string, expires: number | null, options?: TouchOptions): Promise<boolean>

  /** Removes the record. Returns false if there was none. (For an expired record, a bank may return either.) */
  delete(id: string, options?: CallOptions): Promise<boolean>

  /**
   * Streams the live records, without holding a lock between two of them. May or may not include a record that is
   * created or removed meanwhile. Includes all others at least once.
   */
  entries(options?: StreamOptions): AsyncIterable<[id: string, record: StoredRecord]>

  /**
   * Streams the live records whose `field` (a dotted path) equals `value`: by index if the schema has one, otherwise by
   * reading all. A record that is not JSON has no fields. Rejects with {@link InvalidValueError} if the value is not a
   * JSON scalar.
   */
  find(field: string, value: JsonScalar): AsyncIterable<[id: string, record: StoredRecord]>

  /**
   * Streams the live records with one of these tokens in the index of a field, each once. Streams all live records if
   * there is no such index, or if it may not be whole. The caller checks whether they match. Absent: the caller reads
   * all `entries`.
   */
  candidates?(field: string, tokens: readonly string[]): AsyncIterable<[id: string, record: StoredRecord]>

  /** Returns the number of live records. */
  count(options?: CallOptions): Promise<number>

  /** Returns how many expired records are not removed yet; exact if no record changes meanwhile. Absent: unknown. */
  countExpired?(options?: CallOptions): Promise<number>

  /** Removes all records of this type, and no others. */
  clear(options?: CallOptions): Promise<void>

  /**
   * Removes at most `limit` expired records. Returns their number. Checks each again as it deletes, so that a record
   * that was touched meanwhile is kept. The cost depends on the expired records, not on the live ones. Always returns 0
   * if the database expires records by itself.
   */
  deleteExpired(limit: number, options?: CallOptions): Promise<number>
}

/** A bank whose driver supports expiry and conditional writes. */
export interface RecordsBank {
  /** Returns the records of a type. */
  records(type: string): Records

  /**
   * Calls the listener with the number of live records of a type that the bank has removed to keep within its limit, at
   * most once per turn of the event loop. Returns a function that removes the listener. Absent if the bank has no such
   * limit.
   */
  onEvicted?(type: string, listener: (count: number) => void): () => void
}
