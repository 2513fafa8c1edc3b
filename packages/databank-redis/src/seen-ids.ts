/**
 * Number of ids that a listing remembers, so that its memory is bounded. Redis returns an id twice only if it shrinks its
 * hash table meanwhile, or if a slot moves to another master of a cluster.
 */
const MOST = 65_536

/** The first ids that a listing has returned. */
export class SeenIds {
  readonly #seen = new Set<string>()

  get size(): number {
    return this.#seen.size
  }

  /** Returns the ids that were not seen before, each once. */
  unseen(ids: Iterable<string>): string[] {
    const unseen = [...new Set(ids)].filter((id) => !this.#seen.has(id))
    for (const id of unseen) if (this.#seen.size < MOST) this.#seen.add(id)
    return unseen
  }
}
