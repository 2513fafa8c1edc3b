/** All stores of a bank share its preferences, whichever copy of this package they come from. */
const PREFERENCES = Symbol.for('sessionbank.preferences')

type BankWithPreferences = object & { [PREFERENCES]?: Map<string, Promise<void>> }

/**
 * Lets a save that keeps losing races against the other stores of this process go first: they wait, before they read the
 * session next, until it is done. Without that, a store with a long queue for a session starves all others.
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

  /** Resolves when no other save of the session goes first; undefined if none does. */
  ofOthers(id: string): Promise<void> | undefined {
    return this.#preferred.size === 0 ? undefined : this.#preferred.get(this.#keyOf(id))
  }

  /** Takes the preference, until the returned function is called. */
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
