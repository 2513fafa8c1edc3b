import { backOff } from './back-off.ts'
import { performance } from './clock.ts'
import { AlreadyExistsError, DatabankError, NoSuchThingError, WrongTypeError } from './databank.ts'
import { ConflictError, InvalidValueError } from './errors.ts'
import { causeNotJson, parsed, whyNotJson } from './json-text.ts'
import { isDecidedByIndex } from './loose-equality.ts'
import type { Records, StoredRecord } from './records.ts'
import { Turns } from './turns.ts'
import { expiryOf } from './value-expiry.ts'

/**
 * How long a read-modify-write is retried after conflicts with other processes, in ms. Counts from its turn in this
 * process.
 */
const CONTENTION_LIMIT = 10_000

/** The bank as `Values` uses it. */
export interface ValuesBank {
  records(type: string): Records
  indicesOf(type: string): readonly string[]
  /** Compares loosely, as databank does. */
  matches(value: unknown, criteria: Record<string, unknown>): boolean
}

/** The values of a bank in databank's API: each is the parsed text of a record. */
export class Values {
  readonly #bank: ValuesBank
  /** Queues the changes of each value within the process, so that they do not conflict with each other. */
  readonly #turns = new Turns()

  constructor(bank: ValuesBank) {
    this.#bank = bank
  }

  async create<T>(type: string, id: string, value: T): Promise<T> {
    const options = { expires: expiryOf(value), ifRevision: null }
    const revision = await this.#bank.records(type).write(id, toJson(value), options)
    if (revision === null) throw new AlreadyExistsError(type, id)
    return value
  }

  async read(type: string, id: string): Promise<unknown> {
    const record = await this.#bank.records(type).read(id)
    if (!record) throw new NoSuchThingError(type, id)
    return parsed(record.json)
  }

  /** Returns the values by their ids; null for a missing one. */
  async readAll(type: string, ids: string[]): Promise<Record<string, unknown>> {
    const records = this.#bank.records(type)
    const found = await Promise.all(ids.map((id) => records.read(String(id))))
    return Object.fromEntries(ids.map((id, i) => [id, found[i] ? parsed(found[i].json) : null]))
  }

  async save<T>(type: string, id: string, value: T): Promise<T> {
    await this.#bank.records(type).write(id, toJson(value), { expires: expiryOf(value) })
    return value
  }

  async delete(type: string, id: string): Promise<void> {
    if (!(await this.#bank.records(type).delete(id))) throw new NoSuchThingError(type, id)
  }

  async search(type: string, criteria: Record<string, unknown>, onResult: (value: unknown) => void): Promise<void> {
    const records = this.#bank.records(type)
    const field = this.#bank.indicesOf(type).find((index) => isDecidedByIndex(index, criteria[index]))
    const candidates = field === undefined ? records.entries() : records.find(field, criteria[field] as string)
    for await (const [, record] of candidates) {
      const found = ifJson(record)
      if (found !== NOT_JSON && this.#matches(found, criteria)) onResult(found)
    }
  }

  /**
   * Returns whether a value matches. An object whose `toString` is not a function equals nothing, but JavaScript throws
   * when it is compared.
   */
  #matches(value: unknown, criteria: Record<string, unknown>): boolean {
    try {
      return this.#bank.matches(value, criteria)
    } catch {
      return false
    }
  }

  async array(type: string, id: string): Promise<unknown[]> {
    return asArray(await this.read(type, id), type, id)
  }

  async item(type: string, id: string, index: number): Promise<unknown> {
    const array = await this.array(type, id)
    if (!Object.hasOwn(array, index)) throw new DatabankError(`Bad index: ${index}`)
    return array[index]
  }

  /** Changes an array. Creates it if there is none. */
  async extend(type: string, id: string, change: (array: unknown[]) => unknown[]): Promise<void> {
    await this.modify(type, id, (record) => change(record ? asArray(parsed(record.json), type, id) : []))
  }

  /** Changes an existing array. */
  async shorten(type: string, id: string, change: (array: unknown[]) => unknown[]): Promise<void> {
    await this.modify(type, id, (record) => {
      if (!record) throw new NoSuchThingError(type, id)
      return change(asArray(parsed(record.json), type, id))
    })
  }

  /** Adds to a number. A missing value counts as 0. */
  add(type: string, id: string, n: number): Promise<number> {
    return this.modify(type, id, (record) => {
      const value = record ? parsed(record.json) : 0
      if (typeof value !== 'number') throw new WrongTypeError(type, id, 'number')
      return value + n
    })
  }

  /** Atomic read-modify-write: `change` is called again after each conflict with a writer of another process. */
  async modify<T>(type: string, id: string, change: (record: StoredRecord | null) => T): Promise<T> {
    return this.#turns.run(JSON.stringify([type, id]), () => this.#swap(type, id, change))
  }

  async #swap<T>(type: string, id: string, change: (record: StoredRecord | null) => T): Promise<T> {
    const records = this.#bank.records(type)
    const deadline = performance.now() + CONTENTION_LIMIT
    for (let attempt = 0; ; attempt++) {
      const record = await records.read(id)
      const value = change(record)
      const options = { expires: expiryOf(value, record), ifRevision: record ? record.revision : null }
      if ((await records.write(id, toJson(value), options)) !== null) return value
      if (performance.now() > deadline) throw new ConflictError(`other writers kept changing a "${type}": try again`)
      await backOff(attempt)
    }
  }
}

/** Returns the position of an item; -1 if it is absent. Compares contents: values in a bank have no identity. */
export function positionOf(array: unknown[], item: unknown): number {
  const wanted = JSON.stringify(item)
  return array.findIndex((candidate) => JSON.stringify(candidate) === wanted)
}

function asArray(value: unknown, type: string, id: string): unknown[] {
  if (!Array.isArray(value)) throw new WrongTypeError(type, id, 'array')
  return value
}

function toJson(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (error) {
    // An error of the app may quote the value, but goes back only to the app's own call.
    throw new InvalidValueError(`the value cannot be stored as JSON: ${whyNotJson(error)}`, causeNotJson(error))
  }
  if (json === undefined) throw new InvalidValueError(`a ${typeof value} cannot be stored as JSON`)
  return json
}

const NOT_JSON = Symbol('not JSON')

function ifJson(record: StoredRecord): unknown {
  try {
    return JSON.parse(record.json)
  } catch {
    return NOT_JSON
  }
}
