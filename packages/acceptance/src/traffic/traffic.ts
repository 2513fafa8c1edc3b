import type { OpenBank } from '@sessionbank/session-core'

/** The kind of a round trip. It is a write if anything is written in it. */
export type RoundTrip = 'read' | 'write'

/** A bank whose round trips to its database are watched. */
export interface WatchedBank {
  bank: OpenBank
  /** Returns the round trips since the last call, in order. */
  roundTrips(): Promise<RoundTrip[]>
  /** Disconnects the bank. */
  close(): Promise<void>
}

/** Items that were recorded since they were last taken. */
export class Seen<T> {
  #items: T[] = []

  add(item: T): void {
    this.#items.push(item)
  }

  take(): T[] {
    return this.#items.splice(0)
  }
}
