import {
  checkedExpiry,
  holds,
  InvalidIdError,
  type JsonScalar,
  type Records,
  type Revision,
  type StoredRecord,
  type TouchOptions,
  type WriteOptions,
  wellFormed,
} from '@sessionbank/databank-kit'
import { type Dispatcher, escapeGlob } from './dispatcher.ts'
import { revisionOf } from './revision.ts'
import { READ, TOUCH, WRITE_IF } from './scripts.ts'
import type { SecondaryIndex } from './secondary-index.ts'

/** UTF-8 cannot hold half of a surrogate pair: the id would become another one. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** A write as it is sent. */
interface Write {
  id: string
  json: string
  expires: number | null
  ifRevision?: Revision | null | undefined
  extend: boolean
}

/** `refused`: the condition did not hold. With `endsAt` nothing was written, as the record would outlive its index entries. */
type Outcome = 'written' | 'refused' | { endsAt: number | null }

/** Records as strings at `type:id`, which Redis expires by itself. */
export class RedisRecords implements Records {
  readonly #dispatcher: Dispatcher
  readonly #prefix: string
  readonly #index: SecondaryIndex | null

  /** @param type as it stands in keys */
  constructor(dispatcher: Dispatcher, type: string, index: SecondaryIndex | null) {
    this.#dispatcher = dispatcher
    this.#prefix = `${type}:`
    this.#index = index
  }

  async read(id: string): Promise<StoredRecord | null> {
    if (LONE_SURROGATE.test(id)) return null
    return toRecord(await this.#dispatcher.readScript(READ, this.#prefix + id))
  }

  async write(id: string, text: string, options: WriteOptions): Promise<Revision | null> {
    if (LONE_SURROGATE.test(id)) throw new InvalidIdError('an id with half of a surrogate pair cannot be kept in Redis')
    const json = wellFormed(text)
    const { ifRevision, extend = false } = options
    const write = { id, json, expires: checkedExpiry(options.expires), ifRevision, extend }
    const outcome = this.#index ? await this.#writeIndexed(this.#index, write) : await this.#write(write, null)
    return outcome === 'written' ? revisionOf(json) : null
  }

  /** A record that keeps a later end needs entries that live as long before it is written: then it is tried again with such. */
  async #writeIndexed(index: SecondaryIndex, write: Write): Promise<Outcome> {
    for (let endsAt = write.expires; ; ) {
      const outcome = await index.around(write.id, write.json, endsAt, (until) => this.#write(write, until))
      if (typeof outcome === 'string') return outcome
      endsAt = outcome.endsAt
    }
  }

  async #write({ id, json, expires, ifRevision, extend }: Write, until: number | null): Promise<Outcome> {
    const key = this.#prefix + id
    if (typeof ifRevision === 'string') {
      const latest = extend ? [until === null ? '' : String(until)] : []
      const answer = await this.#dispatcher.writeScript(WRITE_IF, key, json, expiry(expires), ifRevision, ...latest)
      if (Array.isArray(answer)) return { endsAt: endIn(answer[0]) }
      return Number(answer) === 1 ? 'written' : 'refused'
    }
    const condition = ifRevision === null ? ['NX'] : []
    const end = expires === null ? [] : ['PXAT', expiry(expires)]
    const answer = await this.#dispatcher.write('SET', key, json, ...condition, ...end)
    return answer === null ? 'refused' : 'written'
  }

  async touch(id: string, time: number | null, { ifRevision, extend }: TouchOptions = {}): Promise<boolean> {
    const expires = checkedExpiry(time)
    if (LONE_SURROGATE.test(id)) return false
    const key = this.#prefix + id
    if (!this.#index && expires !== null && ifRevision === undefined && !extend) {
      return Number(await this.#dispatcher.write('PEXPIREAT', key, expiry(expires))) === 1
    }
    const how = [expiry(expires), extend ? 'extend' : '', this.#index ? 'value' : '']
    const condition = ifRevision === undefined ? [] : [ifRevision]
    const answer = await this.#dispatcher.writeScript(TOUCH, key, ...how, ...condition)
    if (answer === null) return false
    if (this.#index && Array.isArray(answer)) await this.#indexTouched(this.#index, id, answer)
    return true
  }

  async #indexTouched(index: SecondaryIndex, id: string, [json, end]: unknown[]): Promise<void> {
    if (Number(end) !== GONE) await index.add(id, json as string, endIn(end))
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
    for await (const entry of this.entries()) if (holds(entry[1], field, value)) yield entry
  }

  async *#findByIndex(index: SecondaryIndex, field: string, value: JsonScalar) {
    for await (const ids of index.candidates(field, value)) {
      const stale: string[] = []
      const hits: [string, StoredRecord][] = []
      for (const [id, record] of await this.#readAll(ids)) {
        if (record && holds(record, field, value)) hits.push([id, record])
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
  let revision: Revision | undefined
  return {
    json,
    // A digest costs as much as the rest of a read, and most of what is read is not written again.
    get revision() {
      revision ??= revisionOf(json)
      return revision
    },
    expires: endIn(end),
  }
}

/** What PEXPIRETIME says of a key that is not there (any more). */
const GONE = -2

/** What PEXPIRETIME says of a key that is there. */
function endIn(reply: unknown): number | null {
  const end = Number(reply)
  return end < 0 ? null : end
}

/** For Redis: whole ms, above 0; '' for never. */
function expiry(expires: number | null): string {
  return expires === null ? '' : String(Math.max(1, Math.trunc(expires)))
}
