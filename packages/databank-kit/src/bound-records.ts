import type { CallOptions } from './call.ts'
import { Calls } from './calls.ts'
import type { JsonScalar } from './databank.ts'
import type { Records, Revision, StoredRecord, StreamOptions, TouchOptions, WriteOptions } from './records.ts'

/** Marks records that end their calls at the deadlines themselves. */
export const KEEPS_DEADLINES = Symbol.for('sessionbank.keepsDeadlines')

/**
 * Returns records whose calls end at their deadlines: the given records if they do so themselves, otherwise a wrapper
 * that ends a call at its deadline if there is no answer.
 *
 * @param timeout how long a call may take, in ms
 * @param explain returns the error that the caller gets for an error of the records
 */
export function boundRecords(records: Records, timeout: number, explain: (error: unknown) => Error): Records {
  if (KEEPS_DEADLINES in records) return records
  return new BoundRecords(records, new Calls({ database: 'the bank', timeout, failureOf: explain }))
}

class BoundRecords implements Records {
  readonly [KEEPS_DEADLINES] = true
  readonly #records: Records
  readonly #calls: Calls

  constructor(records: Records, calls: Calls) {
    this.#records = records
    this.#calls = calls
  }

  get indices(): readonly string[] | undefined {
    return this.#records.indices
  }

  read(id: string, options?: CallOptions): Promise<StoredRecord | null> {
    return this.#calls.read(() => this.#records.read(id, options), options)
  }

  write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    return this.#write(() => this.#records.write(id, json, options), options)
  }

  touch(id: string, expires: number | null, options?: TouchOptions): Promise<boolean> {
    return this.#write(() => this.#records.touch(id, expires, options), options)
  }

  delete(id: string, options?: CallOptions): Promise<boolean> {
    return this.#write(() => this.#records.delete(id, options), options)
  }

  entries(options?: StreamOptions): AsyncGenerator<[string, StoredRecord]> {
    return this.#each(this.#records.entries(options), options)
  }

  find(field: string, value: JsonScalar): AsyncGenerator<[string, StoredRecord]> {
    return this.#each(this.#records.find(field, value))
  }

  candidates(field: string, tokens: readonly string[]): AsyncGenerator<[string, StoredRecord]> {
    return this.#each(this.#records.candidates?.(field, tokens) ?? this.#records.entries())
  }

  count(options?: CallOptions): Promise<number> {
    return this.#calls.read(() => this.#records.count(options), options)
  }

  countExpired(options?: CallOptions): Promise<number> {
    return this.#calls.read(async () => this.#records.countExpired?.(options) ?? 0, options)
  }

  clear(options?: CallOptions): Promise<void> {
    return this.#calls.read(() => this.#records.clear(options), options)
  }

  deleteExpired(limit: number, options?: CallOptions): Promise<number> {
    return this.#calls.read(() => this.#records.deleteExpired(limit, options), options)
  }

  #write<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
    return this.#calls.write((call) => {
      call.sent = true
      return work()
    }, options)
  }

  /** Each step may take as long as a call. */
  async *#each<T>(items: AsyncIterable<T>, options?: StreamOptions): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.#calls.read(() => iterator.next(), options)
        if (step.done) return
        yield step.value
      }
    } finally {
      iterator.return?.()?.catch(() => {})
    }
  }
}
