import { ConnectedRecords } from './connected-records.ts'
import {
  AlreadyConnectedError,
  AlreadyExistsError,
  type BankConnection,
  type Callback,
  type Databank,
  DatabankBase,
  DatabankError,
  type DriverOptions,
  NoSuchThingError,
  NotConnectedError,
  type Schema,
  WrongTypeError,
} from './databank.ts'
import { ConflictError, InvalidOptionError, InvalidValueError } from './errors.ts'
import { whyNotJson } from './json-text.ts'
import { isDecidedByIndex } from './loose-equality.ts'
import { nearestName } from './options.ts'
import type { Records, RecordsBank, StoredRecord } from './records.ts'
import { settle, settleOrReturn } from './settle.ts'
import { Turns } from './turns.ts'
import { expiryOf } from './value-expiry.ts'

/** How long a read-modify-write of databank's API fights with other processes, in ms, once it has its turn in this one. */
const CONTENTION_LIMIT = 10_000

type State = 'closed' | 'opening' | 'open' | 'closing'

/**
 * Databank's whole callback API over a driver's {@link Records}. A driver extends this class with three methods, `_open`,
 * `_close` and `_records`, and has nothing else to do with callbacks or with databank's errors.
 *
 * @example
 * class DiskDatabank extends DriverDatabank { … }
 * Databank.register('disk', DiskDatabank)
 */
export abstract class DriverDatabank extends DatabankBase implements Databank, BankConnection, RecordsBank {
  readonly schema: Schema
  #state: State = 'closed'
  /** The last opening or closing. */
  #change: Promise<void> = Promise.resolve()
  #records = new Map<string, Records>()
  /** Whoever changes the same value in this process waits, and does not make the others begin again. */
  readonly #turns = new Turns()

  constructor(params: DriverOptions = {}) {
    super(params)
    if (typeof params !== 'object' || params === null) {
      throw new InvalidOptionError(`databank params must be an object, not ${params === null ? 'null' : typeof params}`)
    }
    this.schema = params.schema ?? {}
    assertIndices(this.schema)
  }

  /** Opens the database. Rejects with a ConnectError that says what to check, and leaves nothing open behind it. */
  protected abstract _open(): Promise<void>

  /** Waits for the writes under way, then closes the database. */
  protected abstract _close(): Promise<void>

  /** The records of a type, made once for each type and connection; called only while the bank is open. */
  protected abstract _records(type: string): Records

  get connected(): boolean {
    return this.#state === 'open'
  }

  /** The fields of a type that the schema wants indexed. */
  protected indicesOf(type: string): readonly string[] {
    return (Object.hasOwn(this.schema, type) ? this.schema[type]?.indices : undefined) ?? []
  }

  /** The records of a type. May be asked for before `connect`; its calls reject with NotConnectedError until then. */
  records(type: string): Records {
    if (typeof type !== 'string' || type === '') throw new InvalidOptionError('a databank type is a non-empty string')
    return new ConnectedRecords(() => this.#open(type))
  }

  #open(type: string): Records {
    if (this.#state !== 'open') throw new NotConnectedError()
    let records = this.#records.get(type)
    if (!records) {
      records = this._records(type)
      this.#records.set(type, records)
    }
    return records
  }

  override connect(params?: Record<string, unknown>): Promise<void>
  override connect(params: object, onCompletion: Callback): void
  override connect(_params?: object, onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.#connect(), onCompletion)
  }

  async #connect(): Promise<void> {
    if (this.#state !== 'closed') throw new AlreadyConnectedError()
    this.#change = this.#opened()
    await this.#change
  }

  async #opened(): Promise<void> {
    this.#state = 'opening'
    try {
      await this._open()
      this.#state = 'open'
    } catch (error) {
      this.#state = 'closed'
      throw error
    }
  }

  override disconnect(): Promise<void>
  override disconnect(onCompletion: Callback): void
  override disconnect(onCompletion?: Callback): Promise<void> | undefined {
    return settleOrReturn(this.#disconnect(), onCompletion)
  }

  async #disconnect(): Promise<void> {
    if (this.#state !== 'open') throw new NotConnectedError()
    this.#change = this.#closed()
    await this.#change
  }

  async #closed(): Promise<void> {
    this.#state = 'closing'
    try {
      await this._close()
    } finally {
      this.#records.clear()
      this.#state = 'closed'
    }
  }

  /** Waits for a connect or disconnect under way, whose error its own caller gets; then disconnects if there is need. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#state === 'opening' || this.#state === 'closing') await this.#change.catch(() => {})
    if (this.#state === 'open') await this.#disconnect()
  }

  override create<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    settle(this.#create(type, String(id), value), onCompletion)
  }

  async #create<T>(type: string, id: string, value: T): Promise<T> {
    const options = { expires: expiryOf(value), ifRevision: null }
    const revision = await this.records(type).write(id, toJson(value), options)
    if (revision === null) throw new AlreadyExistsError(type, id)
    return value
  }

  override read<T = unknown>(type: string, id: string, onCompletion: Callback<T>): void {
    settle(this.#read<T>(type, String(id)), onCompletion)
  }

  async #read<T>(type: string, id: string): Promise<T> {
    const record = await this.records(type).read(id)
    if (!record) throw new NoSuchThingError(type, id)
    return fromJson(record) as T
  }

  override update<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    settle(
      this.#modify(type, String(id), (record) => {
        if (!record) throw new NoSuchThingError(type, id)
        return value
      }),
      onCompletion,
    )
  }

  override save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    settle(this.#save(type, String(id), value), onCompletion)
  }

  async #save<T>(type: string, id: string, value: T): Promise<T> {
    await this.records(type).write(id, toJson(value), { expires: expiryOf(value) })
    return value
  }

  override del(type: string, id: string, onCompletion: Callback): void {
    settle(this.#del(type, String(id)), onCompletion)
  }

  async #del(type: string, id: string): Promise<void> {
    if (!(await this.records(type).delete(id))) throw new NoSuchThingError(type, id)
  }

  override readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void {
    settle(this.#readAll<T>(type, ids), onCompletion)
  }

  async #readAll<T>(type: string, ids: string[]): Promise<Record<string, T | null>> {
    const records = this.records(type)
    const found = await Promise.all(ids.map((id) => records.read(String(id))))
    return Object.fromEntries(ids.map((id, i) => [id, found[i] ? (fromJson(found[i]) as T) : null]))
  }

  /**
   * Gives each value that meets all criteria, compared as databank does: loosely, `42` like `'42'`. An index only makes
   * it faster, with one exception: an array or object that JavaScript takes for equal to a text, such as `['ann']` to
   * `'ann'`, is not found where that field is indexed. What is not JSON meets no criteria, not even `{}`.
   */
  override search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void {
    settle(this.#search(type, criteria, onResult), onCompletion)
  }

  async #search<T>(type: string, criteria: Record<string, unknown>, onResult: (value: T) => void): Promise<void> {
    const records = this.records(type)
    const field = this.indicesOf(type).find((index) => isDecidedByIndex(index, criteria[index]))
    const candidates = field === undefined ? records.entries() : records.find(field, criteria[field] as string)
    for await (const [, record] of candidates) {
      const found = ifJson(record)
      if (found !== NOT_JSON && this.#matches(found, criteria)) onResult(found as T)
    }
  }

  /** An object with a `toString` of its own is equal to nothing, and JavaScript throws where it is compared. */
  #matches(value: unknown, criteria: Record<string, unknown>): boolean {
    try {
      return this.matchesCriteria(value, criteria)
    } catch {
      return false
    }
  }

  override scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void {
    settle(this.#search(type, {}, onResult), onCompletion)
  }

  override incr(type: string, id: string, onCompletion: Callback<number>): void {
    this.incrBy(type, id, 1, onCompletion)
  }

  override decr(type: string, id: string, onCompletion: Callback<number>): void {
    this.incrBy(type, id, -1, onCompletion)
  }

  override decrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void {
    this.incrBy(type, id, -n, onCompletion)
  }

  override incrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void {
    const add = (record: StoredRecord | null) => {
      const value = record ? fromJson(record) : 0
      if (typeof value !== 'number') throw new WrongTypeError(type, id, 'number')
      return value + n
    }
    settle(this.#modify(type, String(id), add), onCompletion)
  }

  override append(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.appendAll(type, id, [item], onCompletion)
  }

  override prepend(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.prependAll(type, id, [item], onCompletion)
  }

  override appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    settle(
      this.#extend(type, String(id), (array) => [...array, ...items]),
      onCompletion,
    )
  }

  override prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    settle(
      this.#extend(type, String(id), (array) => [...items, ...array]),
      onCompletion,
    )
  }

  override item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void {
    settle(
      this.#array(type, String(id)).then((array) => {
        if (!Object.hasOwn(array, index)) throw new DatabankError(`Bad index: ${index}`)
        return array[index] as T
      }),
      onCompletion,
    )
  }

  override slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void {
    settle(
      this.#array(type, String(id)).then((array) => array.slice(begin, end) as T[]),
      onCompletion,
    )
  }

  override indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void {
    settle(
      this.#array(type, String(id)).then((array) => positionOf(array, item)),
      onCompletion,
    )
  }

  override remove(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.removeAll(type, id, [item], onCompletion)
  }

  override removeAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const without = (array: unknown[]) => {
      for (const item of items) {
        const position = positionOf(array, item)
        if (position !== -1) array.splice(position, 1)
      }
      return array
    }
    settle(this.#shorten(type, String(id), without), onCompletion)
  }

  override length(type: string, id: string, onCompletion: Callback<number>): void {
    settle(
      this.#array(type, String(id)).then((array) => array.length),
      onCompletion,
    )
  }

  override truncate(type: string, id: string, length: number, onCompletion: Callback): void {
    settle(
      this.#shorten(type, String(id), (array) => array.slice(0, length)),
      onCompletion,
    )
  }

  async #array(type: string, id: string): Promise<unknown[]> {
    const value = await this.#read(type, id)
    if (!Array.isArray(value)) throw new WrongTypeError(type, id, 'array')
    return value
  }

  /** Changes an array, which is made where there is none. */
  async #extend(type: string, id: string, change: (array: unknown[]) => unknown[]): Promise<void> {
    await this.#modify(type, id, (record) => change(record ? arrayIn(record, type, id) : []))
  }

  /** Changes an array that must be there. */
  async #shorten(type: string, id: string, change: (array: unknown[]) => unknown[]): Promise<void> {
    await this.#modify(type, id, (record) => {
      if (!record) throw new NoSuchThingError(type, id)
      return change(arrayIn(record, type, id))
    })
  }

  /** Atomic read-modify-write: `change` is called again whenever a writer of another process was faster. */
  async #modify<T>(type: string, id: string, change: (record: StoredRecord | null) => T): Promise<T> {
    return this.#turns.run(JSON.stringify([type, id]), () => this.#modifyInTurn(type, id, change))
  }

  async #modifyInTurn<T>(type: string, id: string, change: (record: StoredRecord | null) => T): Promise<T> {
    const records = this.records(type)
    const deadline = Date.now() + CONTENTION_LIMIT
    for (let attempt = 0; ; attempt++) {
      const record = await records.read(id)
      const value = change(record)
      const options = { expires: expiryOf(value, record), ifRevision: record ? record.revision : null }
      if ((await records.write(id, toJson(value), options)) !== null) return value
      if (Date.now() > deadline) throw new ConflictError(`other writers kept changing a "${type}"; try again`)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt, 50)))
    }
  }
}

function arrayIn(record: StoredRecord, type: string, id: string): unknown[] {
  const value = fromJson(record)
  if (!Array.isArray(value)) throw new WrongTypeError(type, id, 'array')
  return value
}

/** By content, as the values of a bank have no identity. */
function positionOf(array: unknown[], item: unknown): number {
  const wanted = JSON.stringify(item)
  return array.findIndex((candidate) => JSON.stringify(candidate) === wanted)
}

function toJson(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (error) {
    // The cause may quote the value: it is the app's own error, and goes back to the app's own call.
    throw new InvalidValueError(`the value cannot be stored as JSON: ${whyNotJson(error)}`, error)
  }
  if (json === undefined) throw new InvalidValueError(`a ${typeof value} cannot be stored as JSON`)
  return json
}

/** Without a cause: the parser's own error quotes the text. */
function fromJson(record: StoredRecord): unknown {
  try {
    return JSON.parse(record.json)
  } catch {
    throw new InvalidValueError('what the bank holds under this id is not JSON')
  }
}

const NOT_JSON = Symbol('not JSON')

function ifJson(record: StoredRecord): unknown {
  try {
    return JSON.parse(record.json)
  } catch {
    return NOT_JSON
  }
}

const SCHEMA_NAMES = ['pkey', 'indices', 'fields']

/**
 * A string would be taken for a list of its letters, and under a misspelt name nothing would be indexed. Names of
 * another kind are the app's own: databank lets a schema have them.
 */
function assertIndices(schema: Schema): void {
  for (const type of Object.keys(schema)) {
    for (const name of Object.keys(schema[type] ?? {})) {
      const meant = SCHEMA_NAMES.includes(name) ? name : nearestName(name, SCHEMA_NAMES)
      if (meant === undefined || meant === name) continue
      throw new InvalidOptionError(`schema["${type}"].${name} means nothing: did you mean "${meant}"?`)
    }
    const indices: unknown = schema[type]?.indices
    if (indices === undefined || (Array.isArray(indices) && indices.every((field) => typeof field === 'string')))
      continue
    throw new InvalidOptionError(`schema["${type}"].indices must be an array of field names, such as ["user"]`)
  }
}
