import type { CallOptions } from './call.ts'
import type { JsonScalar } from './databank.ts'
import type { Tokens } from './index-tokens.ts'

/** Opaque; differs whenever a record's content differs, and does not change with its expiry. */
export type Revision = string

/**
 * What a bank held under one id when it was read. All of it stays as it is, whatever the bank or the caller of `value` does
 * later; a driver may work `revision` out when it is asked for.
 */
export interface StoredRecord {
  /** The value as JSON text, exactly as it was written. */
  json: string
  /** The same, parsed, where the driver has it at hand anyway. It is the caller's to keep and to change. */
  value?: unknown
  /** Changes with the content. */
  revision: Revision
  /** End of life in ms since the epoch; null: never. */
  expires: number | null
}

/** What is written with a record, and under which condition. */
export interface WriteOptions extends CallOptions {
  /**
   * End of life in ms since the epoch; null: never. One that has passed is written, and found by nobody; what is neither
   * is refused.
   */
  expires: number | null
  /** Absent: write always. null: only if there is no live record. Else: only if the live record has this revision. */
  ifRevision?: Revision | null
  /**
   * With a revision: where the live record ends later than `expires` by now, it keeps its own end. A touch changes no
   * revision, so a writer cannot know of one that came meanwhile. Default: `false`.
   */
  extend?: boolean
  /** The index tokens of the record, by field. Default: worked out from its text. */
  tokens?: Tokens
}

/** Under which condition the expiry of a record is moved. */
export interface TouchOptions extends CallOptions {
  /** Absent: touch whatever is there. Else: only if the record has this revision. */
  ifRevision?: Revision
  /** A record that ends later than `expires` keeps its end, and the touch is true all the same. Default: `false`. */
  extend?: boolean
  /** The index tokens of the record: an index entry lives as long as its record. Default: read from the bank if needed. */
  tokens?: Tokens
}

/** Options of a call of many pages, each of which has the time of a call. */
export type StreamOptions = Pick<CallOptions, 'isBackground'>

/**
 * All records of one type in a bank. Each call is atomic for its id, also between processes.
 *
 * An id that is not there is not an error, and an expired record is not there, whether the database has removed it yet or
 * not. Errors are for the system alone: a bank that cannot be reached, a full disk, a write whose outcome is unknown.
 */
export interface Records {
  /** The indexed fields; absent: not known. */
  readonly indices?: readonly string[] | undefined

  /** The live record, or null. */
  read(id: string, options?: CallOptions): Promise<StoredRecord | null>

  /**
   * Reads synchronously. Returns undefined if the driver cannot.
   *
   * @throws the errors of `read`
   */
  readNow?(id: string): StoredRecord | null | undefined

  /**
   * Writes content and expiry. Gives the new revision, or null where the condition did not hold and nothing was written.
   * A conditional write whose answer was lost is not sent again: it rejects with {@link UnknownOutcomeError}.
   */
  write(id: string, json: string, options: WriteOptions): Promise<Revision | null>

  /** Moves the expiry and nothing else. False: there is no such live record, or its revision is another. */
  touch(id: string, expires: number | null, options?: TouchOptions): Promise<boolean>

  /** Removes the record. False: there was none. (Of one that has expired, a bank may say either.) */
  delete(id: string, options?: CallOptions): Promise<boolean>

  /**
   * Streams the live records; holds no lock while the caller thinks. A record that comes or goes meanwhile may or may not
   * be seen; one that stays is seen at least once.
   */
  entries(options?: StreamOptions): AsyncIterable<[id: string, record: StoredRecord]>

  /**
   * Streams the live records whose `field` (a dotted path) is exactly `value`: by index where the schema has one, else by
   * looking at all of them. One that is not JSON is found by no field. Rejects with {@link InvalidValueError} if the value
   * is not a JSON scalar.
   */
  find(field: string, value: JsonScalar): AsyncIterable<[id: string, record: StoredRecord]>

  /**
   * Streams the live records that the index of a field has under one of these tokens, each once; all live records if there
   * is no such index, or if it may lack some. The caller looks whether they are what it searches. Absent: the caller goes
   * through all `entries`.
   */
  candidates?(field: string, tokens: readonly string[]): AsyncIterable<[id: string, record: StoredRecord]>

  /** How many live records there are. */
  count(options?: CallOptions): Promise<number>

  /** How many expired records the bank has not removed yet, exact if none comes or goes meanwhile. Absent: not known. */
  countExpired?(options?: CallOptions): Promise<number>

  /** Removes all records of this type, and no others. */
  clear(options?: CallOptions): Promise<void>

  /**
   * Removes at most `limit` expired records and gives their number; rechecks each as it deletes, so that one touched
   * meanwhile stays. Costs what has expired, not what is alive. Always 0 where the database expires records by itself.
   */
  deleteExpired(limit: number, options?: CallOptions): Promise<number>
}

/** A bank whose driver can expire a record and write it only if it is unchanged. */
export interface RecordsBank {
  /** Returns the records of a type. */
  records(type: string): Records

  /**
   * Only on a bank that removes live records if it has a limit. Calls back with how many of a type it removed, once for all
   * of a turn of the event loop. Returns a function that ends this.
   */
  onEvicted?(type: string, listener: (count: number) => void): () => void
}
