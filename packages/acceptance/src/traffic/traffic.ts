import type { OpenBank } from '@sessionbank/session-core'

/** What a database was asked for in one round trip. One in which anything is written is a write. */
export type RoundTrip = 'read' | 'write'

/** A bank whose round trips to its database are seen. */
export interface WatchedBank {
  bank: OpenBank
  /** Returns the round trips from the last call until now, in their order. */
  roundTrips(): Promise<RoundTrip[]>
  /** Disconnects the bank. */
  close(): Promise<void>
}

/** What was seen since it was last taken. */
export class Seen<T> {
  #items: T[] = []

  add(item: T): void {
    this.#items.push(item)
  }

  take(): T[] {
    return this.#items.splice(0)
  }
}
