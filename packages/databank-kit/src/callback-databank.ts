import { type Callback, type Databank, NoSuchThingError } from './databank.ts'
import { DatabankBase } from './databank-base.ts'
import type { Records, RecordsBank } from './records.ts'
import { positionOf, Values } from './values.ts'

/** The part of databank's API that reads and changes values: callbacks on top of {@link Values}. */
export abstract class CallbackDatabank extends DatabankBase implements Omit<Databank, Connecting>, RecordsBank {
  readonly #values: Values

  constructor() {
    super()
    this.#values = new Values({
      records: (type) => this.records(type),
      indicesOf: (type) => this.indicesOf(type),
      matches: (value, criteria) => this.matchesCriteria(value, criteria),
    })
  }

  abstract records(type: string): Records

  /** Returns the indexed fields of a type. */
  protected abstract indicesOf(type: string): readonly string[]

  create<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    this.settle(this.#values.create(type, String(id), value), onCompletion)
  }

  read<T = unknown>(type: string, id: string, onCompletion: Callback<T>): void {
    this.settle(this.#values.read(type, String(id)) as Promise<T>, onCompletion)
  }

  update<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    const updated = this.#values.modify(type, String(id), (record) => {
      if (!record) throw new NoSuchThingError(type, id)
      return value
    })
    this.settle(updated, onCompletion)
  }

  save<T>(type: string, id: string, value: T, onCompletion: Callback<T>): void {
    this.settle(this.#values.save(type, String(id), value), onCompletion)
  }

  del(type: string, id: string, onCompletion: Callback): void {
    this.settle(this.#values.delete(type, String(id)), onCompletion)
  }

  readAll<T = unknown>(type: string, ids: string[], onCompletion: Callback<Record<string, T | null>>): void {
    this.settle(this.#values.readAll(type, ids) as Promise<Record<string, T | null>>, onCompletion)
  }

  /**
   * Calls `onResult` with each value that matches all criteria, compared loosely, as databank does: `42` like `'42'`.
   * An index changes only the speed, with one exception: an array or object that JavaScript treats as equal to a text,
   * such as `['ann']` and `'ann'`, is not found by an indexed field. A value that is not JSON matches no criteria, not
   * even `{}`.
   */
  search<T = unknown>(
    type: string,
    criteria: Record<string, unknown>,
    onResult: (value: T) => void,
    onCompletion: Callback,
  ): void {
    this.settle(this.#values.search(type, criteria, onResult as (value: unknown) => void), onCompletion)
  }

  scan<T = unknown>(type: string, onResult: (value: T) => void, onCompletion: Callback): void {
    this.settle(this.#values.search(type, {}, onResult as (value: unknown) => void), onCompletion)
  }

  incr(type: string, id: string, onCompletion: Callback<number>): void {
    this.incrBy(type, id, 1, onCompletion)
  }

  decr(type: string, id: string, onCompletion: Callback<number>): void {
    this.incrBy(type, id, -1, onCompletion)
  }

  decrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void {
    this.incrBy(type, id, -n, onCompletion)
  }

  incrBy(type: string, id: string, n: number, onCompletion: Callback<number>): void {
    this.settle(this.#values.add(type, String(id), n), onCompletion)
  }

  append(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.appendAll(type, id, [item], onCompletion)
  }

  prepend(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.prependAll(type, id, [item], onCompletion)
  }

  appendAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const append = (array: unknown[]) => [...array, ...items]
    this.settle(this.#values.extend(type, String(id), append), onCompletion)
  }

  prependAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const prepend = (array: unknown[]) => [...items, ...array]
    this.settle(this.#values.extend(type, String(id), prepend), onCompletion)
  }

  item<T = unknown>(type: string, id: string, index: number, onCompletion: Callback<T>): void {
    this.settle(this.#values.item(type, String(id), index) as Promise<T>, onCompletion)
  }

  slice<T = unknown>(type: string, id: string, begin: number, end: number, onCompletion: Callback<T[]>): void {
    const slice = this.#fromArray(type, id, (array) => array.slice(begin, end) as T[])
    this.settle(slice, onCompletion)
  }

  indexOf(type: string, id: string, item: unknown, onCompletion: Callback<number>): void {
    const position = this.#fromArray(type, id, (array) => positionOf(array, item))
    this.settle(position, onCompletion)
  }

  remove(type: string, id: string, item: unknown, onCompletion: Callback): void {
    this.removeAll(type, id, [item], onCompletion)
  }

  removeAll(type: string, id: string, items: unknown[], onCompletion: Callback): void {
    const without = (array: unknown[]) => {
      for (const item of items) {
        const position = positionOf(array, item)
        if (position !== -1) array.splice(position, 1)
      }
      return array
    }
    this.settle(this.#values.shorten(type, String(id), without), onCompletion)
  }

  length(type: string, id: string, onCompletion: Callback<number>): void {
    const length = this.#fromArray(type, id, (array) => array.length)
    this.settle(length, onCompletion)
  }

  truncate(type: string, id: string, length: number, onCompletion: Callback): void {
    const truncate = (array: unknown[]) => array.slice(0, length)
    this.settle(this.#values.shorten(type, String(id), truncate), onCompletion)
  }

  #fromArray<T>(type: string, id: string, pick: (array: unknown[]) => T): Promise<T> {
    return this.#values.array(type, String(id)).then(pick)
  }
}

type Connecting = 'connect' | 'disconnect'
