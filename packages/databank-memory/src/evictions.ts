import { nextTick, nextTurn } from '@sessionbank/databank-kit'

type Listener = (count: number) => void

/** Calls listeners with the number of evicted records, at most once per turn of the event loop. */
export class Evictions {
  readonly #listeners = new Map<string, Set<Listener>>()
  #counts = new Map<string, number>()

  /** Adds a listener. Returns a function that removes it. */
  listen(type: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    // Wrapped, so that a listener that is added twice is called twice.
    const own: Listener = (count) => listener(count)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  /** Counts an evicted record. */
  add(type: string): void {
    if (!this.#listeners.get(type)?.size) return
    if (this.#counts.size === 0) nextTurn().then(() => this.#tell())
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1)
  }

  #tell(): void {
    const counts = this.#counts
    this.#counts = new Map()
    // Calls each listener in its own tick: if one throws, its error is uncaught, and the others are still called.
    for (const [type, count] of counts) {
      for (const listener of this.#listeners.get(type) ?? []) nextTick(listener, count)
    }
  }
}
