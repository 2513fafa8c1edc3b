import type { Tokens } from '@sessionbank/databank-kit'
import type { Entry } from './stored-form.ts'

/** The entries of a table by the tokens of its indexed fields. */
export class TokenIndex {
  readonly #fields: readonly string[]
  /** For each field, the entries by token. */
  readonly #entries: Map<string, Set<Entry>>[]

  constructor(fields: readonly string[]) {
    this.#fields = fields
    this.#entries = fields.map(() => new Map())
  }

  /** Indexes an entry by its new tokens, and removes it from its former ones. */
  set(entry: Entry, tokens: Tokens): void {
    if (this.#fields.length === 0) return
    const former = entry.tokens
    entry.tokens = this.#fields.map((field) => tokens[field] ?? null)
    for (const [i, token] of entry.tokens.entries()) {
      if (former[i] === token) continue
      this.#leave(i, former[i], entry)
      if (token !== null) this.#join(i, token, entry)
    }
  }

  remove(entry: Entry): void {
    for (const [i, token] of entry.tokens.entries()) this.#leave(i, token, entry)
  }

  /** Returns the entries with a token, in an order that changes do not affect. */
  with(field: string, token: string): Iterator<Entry> {
    const entries = this.#entries[this.#fields.indexOf(field)]?.get(token) ?? []
    return entries[Symbol.iterator]()
  }

  clear(): void {
    for (const entries of this.#entries) entries.clear()
  }

  #join(field: number, token: string, entry: Entry): void {
    const tokens = this.#entries[field] as Map<string, Set<Entry>>
    const entries = tokens.get(token)
    if (entries) entries.add(entry)
    else tokens.set(token, new Set([entry]))
  }

  #leave(field: number, token: string | null | undefined, entry: Entry): void {
    if (token == null) return
    const tokens = this.#entries[field] as Map<string, Set<Entry>>
    const entries = tokens.get(token)
    entries?.delete(entry)
    if (entries?.size === 0) tokens.delete(token)
  }
}
