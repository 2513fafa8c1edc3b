import type { Call } from './call.ts'
import type { Calls } from './calls.ts'
import type { IndexQuery, Page } from './driver-records.ts'
import type { IndexCoverage } from './index-coverage.ts'
import type { Pages } from './pages.ts'
import type { StoredRecord } from './records.ts'

type Entry = [id: string, record: StoredRecord]

/** The dependencies of a search. */
export interface Searched {
  calls: Calls
  pages: Pages
  /** The indexed fields. */
  indices: readonly string[]
  entries(): AsyncIterable<Entry>
  candidates(query: IndexQuery, from: unknown, call: Call): Promise<Page>
  forget(query: IndexQuery, ids: string[], call: Call): Promise<void>
}

/** Searches records by an index if it is whole, otherwise by reading all. */
export class IndexSearch {
  /** Tracks which indexes are whole; absent if all are, or if the driver checks it. */
  coverage: IndexCoverage | undefined
  readonly #searched: Searched

  constructor(searched: Searched) {
    this.#searched = searched
  }

  /**
   * Streams the matching records, each once.
   *
   * @param isHit returns whether a record matches; if not, its entry is removed from the index
   */
  async *hits(
    field: string,
    tokens: readonly string[],
    isHit: (record: StoredRecord) => boolean,
  ): AsyncGenerator<Entry> {
    const { calls, pages, entries, candidates, forget } = this.#searched
    if (!(await this.#isIndexed(field))) {
      for await (const entry of entries()) if (isHit(entry[1])) yield entry
      return
    }
    const given = new Set<string>()
    for (const token of tokens) {
      const query = { field, token }
      const page = (from: unknown, call: Call) => candidates(query, from, call)
      const forgetAll = (ids: string[]) => calls.write((call) => forget(query, ids, call))
      for await (const hit of pages.hits(page, isHit, forgetAll)) {
        if (!given.has(hit[0])) yield hit
        if (tokens.length > 1) given.add(hit[0])
      }
    }
  }

  async #isIndexed(field: string): Promise<boolean> {
    if (!this.#searched.indices.includes(field)) return false
    return this.coverage ? this.coverage.isWhole(field) : true
  }
}
