import type { CallOptions } from './call.ts'
import { parsedIfJson } from './json-text.ts'
import { OWN_TYPES } from './own-types.ts'
import type { Records } from './records.ts'

/** The databank type of the records that note which indexes are whole. Their ids are the names of the types. */
export const COVERAGE_TYPE = `${OWN_TYPES}index`

/**
 * Tracks which indexes of a type contain all of its records. A record that was written before a field was indexed has
 * no entry, so a search by that index would miss it. An index is whole if the type was empty when the first record was
 * written with it, or after all records were rewritten (`markWhole`). It stops being whole when a bank with other
 * indices writes, and at the first cleanup of a bank that has written without indices. The state is stored in the bank.
 * If it cannot be read or written, searches are slower, but no call fails.
 */
export class IndexCoverage {
  readonly #type: string
  readonly #fields: readonly string[]
  readonly #marks: Records
  #isTakenBack = false

  constructor(type: string, fields: readonly string[], marks: Records) {
    this.#type = type
    this.#fields = fields
    this.#marks = marks
  }

  /** Called before the first write. Same as `takeBack`, but also notes this bank's indexes if the type is empty. */
  async begin(isEmpty: () => Promise<boolean>, { deadline }: CallOptions): Promise<void> {
    try {
      const kept = await this.#keepOwn({ deadline })
      if (kept.length < this.#fields.length && (await isEmpty())) await this.#note(this.#fields, { deadline })
    } catch {
      // Searches then read all records.
    }
  }

  /** Removes the notes on fields that this bank does not index. Called at each cleanup of a bank that has written. */
  async takeBack(): Promise<void> {
    if (!this.#isTakenBack) await this.#keepOwn({}).catch(() => {})
  }

  async #keepOwn(options: CallOptions): Promise<string[]> {
    const noted = await this.wholeFields(options)
    const kept = noted.filter((field) => this.#fields.includes(field))
    if (kept.length < noted.length) await this.#note(kept, options)
    this.#isTakenBack = true
    return kept
  }

  /**
   * Returns whether the index of a field is whole. Reads the note at each search, because another bank may change it.
   */
  async isWhole(field: string): Promise<boolean> {
    return (await this.wholeFields().catch((): string[] => [])).includes(field)
  }

  /** Returns the fields whose indexes are whole, even if this schema does not contain them. */
  async wholeFields(options: CallOptions = {}): Promise<string[]> {
    const mark = await this.#marks.read(this.#type, options)
    const { fields } = ((mark && parsedIfJson(mark.json)) ?? {}) as { fields?: unknown }
    return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : []
  }

  /** Notes that the indexes of all fields of this bank are whole. Keeps the notes on other fields. */
  async markWhole(): Promise<void> {
    await this.#note([...new Set([...(await this.wholeFields()), ...this.#fields])], {})
  }

  async #note(fields: readonly string[], options: CallOptions): Promise<void> {
    const note = JSON.stringify({ sid: this.#type, fields })
    await this.#marks.write(this.#type, note, { expires: null, ...options })
  }
}
