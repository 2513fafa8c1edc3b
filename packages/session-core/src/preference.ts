/** Key under which all stores of a bank share the preferences, even stores of another copy of this package. */
const PREFERENCES = Symbol.for('sessionbank.preferences')

type BankWithPreferences = object & { [PREFERENCES]?: Map<string, Promise<void>> }

/**
 * Gives priority to a save that keeps conflicting with the other stores of this process: before they read the session
 * again, they wait until that save is done. Otherwise a store with a long queue for one session would starve the
 * others.
 */
export class Preference {
  readonly #preferred: Map<string, Promise<void>>
  readonly #type: string

  constructor(bank: BankWithPreferences, type: string) {
    // Not enumerable, so that an inspected bank shows no session id.
    if (!bank[PREFERENCES]) Object.defineProperty(bank, PREFERENCES, { value: new Map() })
    this.#preferred = bank[PREFERENCES] as Map<string, Promise<void>>
    this.#type = type
  }

  /** Resolves when no other save of the session has priority; undefined if none has it. */
  ofOthers(id: string): Promise<void> | undefined {
    return this.#preferred.size === 0 ? undefined : this.#preferred.get(this.#keyOf(id))
  }

  /** Takes priority until the returned function is called. */
  take(id: string): () => void {
    const key = this.#keyOf(id)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#preferred.set(key, held)
    return () => {
      if (this.#preferred.get(key) === held) this.#preferred.delete(key)
      release()
    }
  }

  #keyOf(id: string): string {
    return `${this.#type}\0${id}`
  }
}
