import type { CallOptions } from './call.ts'
import { parsedIfJson } from './json-text.ts'
import { OWN_TYPES } from './own-types.ts'
import type { Records } from './records.ts'

/** The databank type of the records that say which indexes have all records; their ids are the types. */
export const COVERAGE_TYPE = `${OWN_TYPES}index`

/**
 * Which indexes of a type have all of its records. A record that was written before a field was indexed has no entry, so
 * that a search by the index alone would miss it. An index is known to be whole if the type was empty when the first
 * record was written with it, or once all records have been written again (`markWhole`). It is no longer whole when a bank
 * writes whose schema has other indices, and from the first cleanup of a bank that has written without any. What is known is noted in the
 * bank; a note that cannot be read or written makes searches slower, and fails no call.
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

  /** Called before the first write: as `takeBack`, and notes the indexes of this bank if the type is empty. */
  async begin(isEmpty: () => Promise<boolean>, { deadline }: CallOptions): Promise<void> {
    try {
      const kept = await this.#keepOwn({ deadline })
      if (kept.length < this.#fields.length && (await isEmpty())) await this.#note(this.#fields, { deadline })
    } catch {
      // Searches go through all records then.
    }
  }

  /** Takes back what is noted of fields that this bank does not index. Called at each cleanup of a bank that writes. */
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

  /** Whether a search may go by the index of a field. Asked for each search: another bank may have taken it back. */
  async isWhole(field: string): Promise<boolean> {
    return (await this.wholeFields().catch((): string[] => [])).includes(field)
  }

  /** Returns the fields whose indexes are known to have all records, whether this schema names them or not. */
  async wholeFields(options: CallOptions = {}): Promise<string[]> {
    const mark = await this.#marks.read(this.#type, options)
    const { fields } = ((mark && parsedIfJson(mark.json)) ?? {}) as { fields?: unknown }
    return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : []
  }

  /** Notes that every record is in the indexes of all fields. What is noted of others stays. */
  async markWhole(): Promise<void> {
    await this.#note([...new Set([...(await this.wholeFields()), ...this.#fields])], {})
  }

  async #note(fields: readonly string[], options: CallOptions): Promise<void> {
    const note = JSON.stringify({ sid: this.#type, fields })
    await this.#marks.write(this.#type, note, { expires: null, ...options })
  }
}
