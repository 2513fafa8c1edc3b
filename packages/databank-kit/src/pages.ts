import type { Call } from './call.ts'
import type { Calls } from './calls.ts'
import { performance } from './clock.ts'
import type { Page } from './driver-records.ts'
import type { StoredRecord, StreamOptions } from './records.ts'
import { isLive } from './value-expiry.ts'

type Entry = [id: string, record: StoredRecord]
type ReadPage = (from: unknown, call: Call) => Promise<Page>

/** How long a write waits for the check whether its type is empty, in ms. */
const LONGEST_LOOK = 100

/**
 * Reads records page by page. Each page may take as long as a call. A record counts as live if it was live when its
 * page was requested.
 */
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

  /** Streams the matching live records from the pages of an index. Removes the other entries from the index. */
  async *hits(
    page: ReadPage,
    isHit: (record: StoredRecord) => boolean,
    forget: (ids: string[]) => Promise<void>,
  ): AsyncGenerator<Entry> {
    for await (const { records, asked } of this.#each(page)) {
      const stale: string[] = []
      const hits: Entry[] = []
      for (const [id, record] of records) {
        if (record && isLive(record.expires, asked) && isHit(record)) hits.push([id, record])
        else stale.push(id)
      }
      if (stale.length > 0) await forget(stale)
      yield* hits
    }
  }

  /** Returns whether there are no records; false if that takes too long, as in a database with many other keys. */
  async areEmpty(page: (from: unknown) => Promise<Page>): Promise<boolean> {
    const end = performance.now() + LONGEST_LOOK
    for (let from: unknown; ; ) {
      const { records, next } = await page(from)
      if (records.length > 0) return false
      if (next === undefined) return true
      if (performance.now() > end) return false
      from = next
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
