import { type Callback, type Databank, DatabankBase, NoSuchThingError } from './databank.ts'
import type { Records, RecordsBank } from './records.ts'
import { settle } from './settle.ts'
import { positionOf, Values } from './values.ts'

/** The part of databank's API that reads and changes values: callbacks over {@link Values}. */
export abstract class CallbackDatabank extends DatabankBase implements Omit<Databank, Connecting>, RecordsBank {
  readonly #values: Values

  constructor(params: object) {
    super(params)
    this.#values = new Values({
      records: (type) => this.records(type),
      indicesOf: (type) => this.indicesOf(type),
      matches: (value, criteria) => this.matchesCriteria(value, criteria),
    })
  }

  abstract records(type: string): Records

  /** Returns the fields of a type that the schema wants indexed. */
  protected abstract indicesOf(type: string): readonly string[]

  override create<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    settle(this.#values.create(type, String(id), value), onCompletion)
  }

  override read<T = unknown>(type: string, id: string, onCompletion: Callback<T>): void {
    settle(this.#values.read(type, String(id)) as Promise<T>, onCompletion)
  }

  override update<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    const updated = this.#values.modify(type, String(id), (record) => {
      if (!record) throw new NoSuchThingError(type, id)
      return value
    })
    settle(updated, onCompletion)
  }

  override save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    settle(this.#values.save(type, String(id), value), onCompletion)
  }

  override del(type: string, id: string, onCompletion: Callback): void {
    settle(this.#values.delete(type, String(id)), onCompletion)
  }

  override readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void {
    settle(this.#values.readAll(type, ids) as Promise<Record<string, T | null>>, onCompletion)
  }

  /**
   * Gives each value that meets all criteria, compared as databank does: loosely, `42` like `'42'`. An index only makes
   * it faster, with one exception: an array or object that JavaScript takes for equal to a text, such as `['ann']` to
   * `'ann'`, is not found if that field is indexed. What is not JSON meets no criteria, not even `{}`.
   */
  override search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void {
    settle(this.#values.search(type, criteria, onResult as (value: unknown) => void), onCompletion)
  }

  override scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void {
    settle(this.#values.search(type, {}, onResult as (value: unknown) => void), onCompletion)
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
    settle(this.#values.add(type, String(id), n), onCompletion)
  }

  override append(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.appendAll(type, id, [item], onCompletion)
  }

  override prepend(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.prependAll(type, id, [item], onCompletion)
  }

  override appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const append = (array: unknown[]) => [...array, ...items]
    settle(this.#values.extend(type, String(id), append), onCompletion)
  }

  override prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const prepend = (array: unknown[]) => [...items, ...array]
    settle(this.#values.extend(type, String(id), prepend), onCompletion)
  }

  override item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void {
    settle(this.#values.item(type, String(id), index) as Promise<T>, onCompletion)
  }

  override slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void {
    const slice = this.#fromArray(type, id, (array) => array.slice(begin, end) as T[])
    settle(slice, onCompletion)
  }

  override indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void {
    const position = this.#fromArray(type, id, (array) => positionOf(array, item))
    settle(position, onCompletion)
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
    settle(this.#values.shorten(type, String(id), without), onCompletion)
  }

  override length(type: string, id: string, onCompletion: Callback<number>): void {
    const length = this.#fromArray(type, id, (array) => array.length)
    settle(length, onCompletion)
  }

  override truncate(type: string, id: string, length: number, onCompletion: Callback): void {
    const truncate = (array: unknown[]) => array.slice(0, length)
    settle(this.#values.shorten(type, String(id), truncate), onCompletion)
  }

  #fromArray<T>(type: string, id: string, pick: (array: unknown[]) => T): Promise<T> {
    return this.#values.array(type, String(id)).then(pick)
  }
}

type Connecting = 'connect' | 'disconnect'
