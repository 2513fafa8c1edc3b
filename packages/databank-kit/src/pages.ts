import type { Call } from './call.ts'
import type { Calls } from './calls.ts'
import type { Page } from './driver-records.ts'
import type { StoredRecord, StreamOptions } from './records.ts'
import { isLive } from './value-expiry.ts'

type Entry = [id: string, record: StoredRecord]
type ReadPage = (from: unknown, call: Call) => Promise<Page>

/** Goes through records page by page. Each page has the time of a call, and is judged by when it was asked for. */
export class Pages {
  readonly #calls: Calls
  readonly #now: () => number

  constructor(calls: Calls, now: () => number) {
    this.#calls = calls
    this.#now = now
  }

  /** Streams the live records. */
  async *live(page: ReadPage, options?: StreamOptions): AsyncGenerator<Entry> {
    for await (const { records, asked } of this.#each(page, options)) {
      for (const [id, record] of records) if (record && isLive(record.expires, asked)) yield [id, record]
    }
  }

  /** Streams the pages of an index: the live records that may hold what they were found by, and the ids of all others. */
  async *judged(
    page: ReadPage,
    mayHold: (record: StoredRecord, id: string) => boolean,
  ): AsyncGenerator<{ hits: Entry[]; stale: string[] }> {
    for await (const { records, asked } of this.#each(page)) {
      const stale: string[] = []
      const hits: Entry[] = []
      for (const [id, record] of records) {
        if (record && isLive(record.expires, asked) && mayHold(record, id)) hits.push([id, record])
        else stale.push(id)
      }
      yield { hits, stale }
    }
  }

  async *#each(page: ReadPage, options?: StreamOptions): AsyncGenerator<Page & { asked: number }> {
    for (let from: unknown; ; ) {
      const start = from
      const asked = this.#now()
      const found = await this.#calls.read((call) => page(start, call), options)
      yield { ...found, asked }
      if (found.next === undefined) return
      from = found.next
    }
  }
}
