import { nextTick, nextTurn } from '@sessionbank/databank-kit'

type Listener = (count: number) => void

/** Tells listeners how many records were evicted: many of one turn of the event loop at once. */
export class Evictions {
  readonly #listeners = new Map<string, Set<Listener>>()
  #counts = new Map<string, number>()

  /** Returns a function that ends the listening. */
  listen(type: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    // A function of its own: the same listener may be given twice.
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
    // In separate ticks: an error of one listener is an uncaught exception and does not stop the others.
    for (const [type, count] of counts) {
      for (const listener of this.#listeners.get(type) ?? []) nextTick(listener, count)
    }
  }
}
