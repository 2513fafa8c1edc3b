import { type JsonScalar, type Records, type StoredRecord, valueAt } from '@sessionbank/databank-kit'
import { type Criteria, checkedCriteria } from './criteria.ts'
import type { Seal } from './seal.ts'

/** A search for the sessions that match all criteria. */
export class Search {
  readonly #wanted: [field: string, value: JsonScalar][]

  /** @throws InvalidOptionError if the criteria are invalid */
  constructor(criteria: Criteria) {
    this.#wanted = [...checkedCriteria(criteria)]
  }

  /** Returns whether the parsed value of a record matches the criteria. */
  isMetBy(value: unknown): boolean {
    return this.#wanted.every(([field, scalar]) => valueAt(value, field) === scalar)
  }

  /** Streams the records that may match: by an index if a field of the criteria has one. */
  candidates(
    records: Records,
    { indices, seal }: { indices: readonly string[]; seal: Seal | null },
  ): AsyncIterable<[id: string, record: StoredRecord]> {
    const byIndex = this.#wanted.find(([field]) => indices.includes(field) && (!seal || seal.isBlind(field)))
    if (!seal) return records.find(...(byIndex ?? (this.#wanted[0] as [string, JsonScalar])))
    if (!byIndex) return records.entries()
    return records.candidates?.(byIndex[0], seal.searchTokens(...byIndex)) ?? records.entries()
  }
}
