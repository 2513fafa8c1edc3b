import type { CallOptions } from './call.ts'
import { parsedIfJson } from './json-text.ts'
import { OWN_TYPES } from './own-types.ts'
import type { Records } from './records.ts'

/** The databank type of the records that say which indexes have all records; their ids are the types. */
export const COVERAGE_TYPE = `${OWN_TYPES}index`

/**
 * Which indexes of a type have all of its records. A record that was written before a field was indexed has no entry, so
 * that a search by the index alone would miss it. An index is known to be whole if the type was empty when the first
 * record was written with it, or once all records have been written again (`markWhole`). What is known is noted in the
 * bank; a note that cannot be read or written makes searches slower, and fails no call.
 */
export class IndexCoverage {
  readonly #type: string
  readonly #fields: readonly string[]
  readonly #marks: Records
  readonly #whole = new Set<string>()

  constructor(type: string, fields: readonly string[], marks: Records) {
    this.#type = type
    this.#fields = fields
    this.#marks = marks
  }

  /** Called before the first write: notes the indexes of a type that is empty. */
  async begin(isEmpty: () => Promise<boolean>, options: CallOptions): Promise<void> {
    try {
      await this.#look(options)
      if (this.#fields.every((field) => this.#whole.has(field)) || !(await isEmpty())) return
      await this.markWhole(options)
    } catch {
      // Searches go through all records then.
    }
  }

  /** Returns the fields whose indexes are known to have all records, whether this schema names them or not. */
  async wholeFields(): Promise<string[]> {
    await this.#look({})
    return [...this.#whole]
  }

  async isWhole(field: string): Promise<boolean> {
    if (!this.#whole.has(field)) await this.#look({}).catch(() => {})
    return this.#whole.has(field)
  }

  /** Notes that every record is in the indexes of all fields. What is noted of others stays. */
  async markWhole(options: CallOptions = {}): Promise<void> {
    await this.#look(options)
    const fields = [...new Set([...this.#whole, ...this.#fields])]
    const { deadline } = options
    await this.#marks.write(this.#type, JSON.stringify({ sid: this.#type, fields }), { expires: null, deadline })
    for (const field of fields) this.#whole.add(field)
  }

  async #look({ deadline }: CallOptions): Promise<void> {
    const mark = await this.#marks.read(this.#type, { deadline })
    const { fields } = ((mark && parsedIfJson(mark.json)) ?? {}) as { fields?: unknown }
    if (Array.isArray(fields)) for (const field of fields) if (typeof field === 'string') this.#whole.add(field)
  }
}
