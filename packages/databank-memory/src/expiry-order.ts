import type { Entry } from './stored-form.ts'

/**
 * Entries in the order of their expiry: a binary heap in which each entry knows its index. The times are in a separate
 * array, so that comparing them does not touch the entries.
 */
export class ExpiryOrder {
  #times: number[] = []
  #entries: Entry[] = []

  /** Adds or moves an entry according to its expiry. An entry without an expiry is removed. */
  set(entry: Entry): void {
    const { expires, place } = entry
    if (expires === null) this.remove(entry)
    else if (place === -1) this.#rise(entry, expires, this.#entries.length)
    else if (expires < (this.#times[place] as number)) this.#rise(entry, expires, place)
    else this.#sink(entry, expires, place)
  }

  remove(entry: Entry): void {
    const { place } = entry
    if (place === -1) return
    entry.place = -1
    const time = this.#times.pop() as number
    const last = this.#entries.pop() as Entry
    if (last === entry) return
    if (time < (this.#times[place] as number)) this.#rise(last, time, place)
    else this.#sink(last, time, place)
  }

  /** Returns the entry with the earliest expiry if it has expired by `now`, else undefined. */
  firstEnded(now: number): Entry | undefined {
    return (this.#times[0] ?? Number.POSITIVE_INFINITY) <= now ? this.#entries[0] : undefined
  }

  /** Returns how many entries have expired by `now`. Visits only these and their children. */
  countEnded(now: number): number {
    const times = this.#times
    const below = [0]
    let count = 0
    for (let place = below.pop(); place !== undefined; place = below.pop()) {
      if (place >= times.length || (times[place] as number) > now) continue
      count++
      below.push(2 * place + 1, 2 * place + 2)
    }
    return count
  }

  clear(): void {
    this.#times = []
    this.#entries = []
  }

  /** Puts an entry at the free index `from` or nearer to the root. */
  #rise(entry: Entry, time: number, from: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if ((this.#times[parent] as number) <= time) break
      this.#put(this.#entries[parent] as Entry, this.#times[parent] as number, place)
      place = parent
    }
    this.#put(entry, time, place)
  }

  /** Puts an entry at the free index `from` or farther from the root. */
  #sink(entry: Entry, time: number, from: number): void {
    const times = this.#times
    let place = from
    for (;;) {
      let child = 2 * place + 1
      if (child >= times.length) break
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++
      if ((times[child] as number) >= time) break
      this.#put(this.#entries[child] as Entry, times[child] as number, place)
      place = child
    }
    this.#put(entry, time, place)
  }

  #put(entry: Entry, time: number, place: number): void {
    this.#times[place] = time
    this.#entries[place] = entry
    entry.place = place
  }
}
