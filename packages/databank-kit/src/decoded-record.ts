import type { Revision, StoredRecord } from './records.ts'

/** How a record lies in a plain databank, which keeps a value under an id and nothing else. */
export interface ValueCodec {
  /** Puts the expiry into a value, and the id if the value does not show it. Changes the value. */
  encode(value: unknown, id: string, expires: number | null): unknown
  /** Returns the id in a stored value; null if it does not show. */
  idIn(stored: unknown): string | null
  /** Returns the expiry in a stored value, in ms since the epoch; null: never. */
  expiresIn(stored: unknown): number | null
  /** Returns the value without either. May change the stored one, which is a copy. */
  valueIn(stored: unknown): unknown
  /** Returns what of a value's text changes whenever its content does, and not when its expiry does. */
  revisionOf(json: string, value: unknown): Revision
}

/** A value as it came from the bank, seen as a record. Its text and revision cost time, and most reads need neither. */
export class DecodedRecord implements StoredRecord {
  readonly expires: number | null
  readonly value: unknown
  readonly #codec: ValueCodec
  #text: { json: string; revision: Revision } | undefined

  constructor(stored: unknown, codec: ValueCodec) {
    this.expires = codec.expiresIn(stored)
    this.value = codec.valueIn(stored)
    this.#codec = codec
  }

  get json(): string {
    return this.#textAndRevision().json
  }

  get revision(): Revision {
    return this.#textAndRevision().revision
  }

  /** Both at once: whoever has one of them may change the value. */
  #textAndRevision(): { json: string; revision: Revision } {
    if (!this.#text) {
      const json = JSON.stringify(this.value)
      this.#text = { json, revision: this.#codec.revisionOf(json, this.value) }
    }
    return this.#text
  }
}
