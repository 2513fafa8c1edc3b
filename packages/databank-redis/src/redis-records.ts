import {
  InvalidIdError,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  valueAt,
  type WriteOptions,
} from '@sessionbank/databank-kit'
import { type Dispatcher, escapeGlob } from './dispatcher.ts'
import { revisionOf } from './revision.ts'
import { READ, TOUCH, WRITE_IF } from './scripts.ts'
import type { SecondaryIndex } from './secondary-index.ts'

/** UTF-8 cannot hold half of a surrogate pair: the id would become another one. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** Records as strings at `type:id`, which Redis expires by itself. */
export class RedisRecords implements Records {
  readonly #dispatcher: Dispatcher
  readonly #prefix: string
  readonly #index: SecondaryIndex | null

  constructor(dispatcher: Dispatcher, type: string, index: SecondaryIndex | null) {
    this.#dispatcher = dispatcher
    this.#prefix = `${type}:`
    this.#index = index
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (LONE_SURROGATE.test(id)) return null
    return toRecord(await this.#dispatcher.readScript(READ, this.#prefix + id))
  }

  async write(id: string, json: string, options: WriteOptions): Promise<Revision | null> {
    if (LONE_SURROGATE.test(id)) throw new InvalidIdError('an id with half of a surrogate pair cannot be kept in Redis')
    if (!this.#index) return this.#write(id, json, options)
    return this.#index.around(id, json, options.expires, () => this.#write(id, json, options))
  }

  async #write(id: string, json: string, { expires, ifRevision }: WriteOptions): Promise<Revision | null> {
    const key = this.#prefix + id
    if (typeof ifRevision === 'string') {
      const written = await this.#dispatcher.writeScript(WRITE_IF, key, json, expiry(expires), ifRevision)
      return Number(written) === 1 ? revisionOf(json) : null
    }
    const condition = ifRevision === null ? ['NX'] : []
    const end = expires === null ? [] : ['PXAT', expiry(expires)]
    const written = await this.#dispatcher.write('SET', key, json, ...condition, ...end)
    return written === null ? null : revisionOf(json)
  }

  async touch(id: string, expires: number | null, { ifRevision }: TouchOptions = {}): Promise<boolean> {
    if (LONE_SURROGATE.test(id)) return false
    const key = this.#prefix + id
    if (this.#index) {
      const value = await this.#dispatcher.writeScript(TOUCH, key, expiry(expires), ifRevision ?? '', 'value')
      if (typeof value !== 'string') return false
      await this.#index.add(id, value, expires)
      return true
    }
    if (expires !== null && ifRevision === undefined) {
      return Number(await this.#dispatcher.write('PEXPIREAT', key, expiry(expires))) === 1
    }
    return (await this.#dispatcher.writeScript(TOUCH, key, expiry(expires), ifRevision ?? '', '')) !== null
  }

  async delete(id: string): Promise<boolean> {
    if (LONE_SURROGATE.test(id)) return false
    return Number(await this.#dispatcher.write('DEL', this.#prefix + id)) === 1
  }

  async *entries(): AsyncGenerator<[id: string, record: StoredRecord]> {
    for await (const ids of this.#ids()) {
      for (const [id, record] of await this.#readAll(ids)) if (record) yield [id, record]
    }
  }

  async *find(field: string, value: JsonScalar): AsyncGenerator<[id: string, record: StoredRecord]> {
    if (this.#index?.covers(field)) {
      yield* this.#findByIndex(this.#index, field, value)
      return
    }
    for await (const entry of this.entries()) if (has(entry[1], field, value)) yield entry
  }

  async *#findByIndex(index: SecondaryIndex, field: string, value: JsonScalar) {
    for await (const ids of index.candidates(field, value)) {
      const stale: string[] = []
      const hits: [string, StoredRecord][] = []
      for (const [id, record] of await this.#readAll(ids)) {
        if (record && has(record, field, value)) hits.push([id, record])
        else stale.push(id)
      }
      await index.forget(field, value, stale)
      yield* hits
    }
  }

  async count(): Promise<number> {
    let count = 0
    for await (const ids of this.#ids()) count += ids.length
    return count
  }

  async clear(): Promise<void> {
    for await (const ids of this.#ids()) {
      await Promise.all(ids.map((id) => this.#dispatcher.write('UNLINK', this.#prefix + id)))
    }
    await this.#index?.clear()
  }

  /** Redis does it by itself. */
  async deleteExpired(): Promise<number> {
    return 0
  }

  async *#ids(): AsyncGenerator<string[]> {
    for await (const keys of this.#dispatcher.scan(`${escapeGlob(this.#prefix)}*`, 'string')) {
      yield keys.map((key) => key.slice(this.#prefix.length))
    }
  }

  /** One command each, because in a cluster each key is in a slot of its own; the clients send them as one. */
  #readAll(ids: string[]): Promise<[string, StoredRecord | null][]> {
    return Promise.all(ids.map(async (id) => [id, await this.read(id)] as [string, StoredRecord | null]))
  }
}

function toRecord(reply: unknown): StoredRecord | null {
  if (reply === null) return null
  const [json, end] = reply as [string, number | string]
  const expires = Number(end)
  let revision: Revision | undefined
  return {
    json,
    // A digest costs as much as the rest of a read, and most of what is read is not written again.
    get revision() {
      revision ??= revisionOf(json)
      return revision
    },
    expires: expires < 0 ? null : expires,
  }
}

/** For Redis: whole ms, above 0; '' for never. */
function expiry(expires: number | null): string {
  return expires === null ? '' : String(Math.max(1, Math.trunc(expires)))
}

function has(record: StoredRecord, field: string, value: JsonScalar): boolean {
  try {
    return valueAt(JSON.parse(record.json), field) === value
  } catch {
    return false
  }
}
