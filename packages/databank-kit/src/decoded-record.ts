import type { Revision, StoredRecord } from './records.ts'

/** The form of a record in a plain databank, which stores nothing but a value under an id. */
export interface ValueCodec {
  /** Adds the expiry to a value, and the id if the value does not contain it. Mutates the value. */
  encode(value: unknown, id: string, expires: number | null): unknown
  /** Returns the id in a stored value; null if it contains none. */
  idIn(stored: unknown): string | null
  /** Returns the expiry in a stored value, in ms since the epoch; null: never. */
  expiresIn(stored: unknown): number | null
  /** Returns the value without the added id and expiry. May mutate the stored value, which is a copy. */
  valueIn(stored: unknown): unknown
  /** Returns a text that changes with the content of the value, but not with its expiry. */
  revisionOf(json: string, value: unknown): Revision
}

/** A stored value as a record. Creates text and revision on demand: they take time, and most reads need neither. */
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

  /** Creates text and revision together, because a caller that has either of them may mutate the value. */
  #textAndRevision(): { json: string; revision: Revision } {
    if (!this.#text) {
      const json = JSON.stringify(this.value)
      this.#text = { json, revision: this.#codec.revisionOf(json, this.value) }
    }
    return this.#text
  }
}
