import {
  candidatesIn,
  type JsonScalar,
  type Records,
  type StoredRecord,
  valueAt,
  valueIn,
} from '@sessionbank/databank-kit'
import { type Criteria, checkedCriteria } from './criteria.ts'
import type { Seal } from './seal.ts'

/** A search for the sessions that meet all criteria. */
export class Search {
  readonly #wanted: [field: string, value: JsonScalar][]

  /** @throws InvalidOptionError if the criteria cannot be used */
  constructor(criteria: Criteria) {
    this.#wanted = [...checkedCriteria(criteria)]
  }

  /** Whether the parsed value of a record meets the criteria. */
  isMetBy(value: unknown): boolean {
    return this.#wanted.every(([field, scalar]) => valueAt(value, field) === scalar)
  }

  /** Streams the records that may meet the criteria: by an index if a field that they name has one. */
  candidates(
    records: Records,
    { indices, seal }: { indices: readonly string[]; seal: Seal | null },
  ): AsyncIterable<[id: string, record: StoredRecord]> {
    const byIndex = this.#wanted.find(([field]) => indices.includes(field) && (!seal || seal.isBlind(field)))
    if (!seal) return records.find(...(byIndex ?? (this.#wanted[0] as [string, JsonScalar])))
    if (!byIndex) return records.entries()
    // What does not open stays in the index, for stores that have its key.
    const mayMeet = (stored: StoredRecord, id: string) => {
      const opened = seal.openedIfReadable(id, stored)
      return opened === null || this.isMetBy(valueIn(opened))
    }
    return candidatesIn(records, byIndex[0], seal.searchTokens(...byIndex), mayMeet)
  }
}
