import {
  type Call,
  type Condition,
  type IndexQuery,
  type NewRecord,
  NotConnectedError,
  type Page,
  parsed,
  RecordsBase,
  type Revision,
  type StoredRecord,
  type Tokens,
  type Touch,
  tokensOf,
} from '@sessionbank/databank-kit'
import { asItIs, type Command, hasWritten } from './command.ts'
import type { Connection } from './connection.ts'
import type { Keyspace } from './keyspace.ts'
import { type Listing, list } from './listing.ts'
import { SecondaryIndex } from './secondary-index.ts'
import { expiryIn, expiryText, IDS, isGone, recordIn, revisionOf, typeInKey } from './stored-form.ts'

/** The result of a write that was not done because the record would expire later than its index entries. */
class EndsLater {
  readonly endsAt: number | null

  constructor(endsAt: number | null) {
    this.endsAt = endsAt
  }
}

const NO_ARGS: string[] = []

/** WRITE_IF returns a list if nothing was written because the record expires later. */
const isWritten = (reply: unknown) => !Array.isArray(reply) && hasWritten(reply)

/** Records as strings at `type:id`, which Redis expires. */
export class RedisRecords extends RecordsBase {
  readonly #keys: Keyspace
  readonly #index: SecondaryIndex | null

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    // Redis decides by its own clock whether a record has expired.
    super({ calls: connection.calls, indices, ids: IDS, now: () => 0 })
    const name = typeInKey(type)
    this.#keys = connection.keyspace(`${name}:`)
    // No record's key begins with a colon, because no type is empty.
    const sets = connection.keyspace(`:index:${name}:`)
    this.#index = this.indices.length > 0 ? new SecondaryIndex(this.calls, this.#keys, sets) : null
  }

  protected override _read(id: string, call: Call): Promise<StoredRecord | null> {
    return this.#keys.run({ effect: 'read', name: 'READ', id, args: NO_ARGS, answer: recordIn }, call)
  }

  protected override _write(id: string, record: NewRecord, condition: Condition, call: Call): Promise<Revision | null> {
    if (this.#index) return this.#writeIndexed(this.#index, id, record, condition, call)
    return this.#write(id, record, condition, null, call) as Promise<Revision | null>
  }

  /**
   * If the record keeps a later expiry, its index entries must live as long as the record: adds such entries, then
   * tries again.
   */
  async #writeIndexed(index: SecondaryIndex, id: string, record: NewRecord, condition: Condition, call: Call) {
    for (let endsAt = record.expires; ; ) {
      const outcome = await index.writeWithEntries(id, record.tokens, endsAt, call, (until) =>
        this.#write(id, record, condition, until, call),
      )
      if (!(outcome instanceof EndsLater)) return outcome
      endsAt = outcome.endsAt
    }
  }

  /** @param until the index entries live at least until then; null if for ever, or if there are none */
  #write(id: string, { json, expires }: NewRecord, condition: Condition, until: number | null, call: Call) {
    const { ifRevision, extend } = condition
    const answer = (reply: unknown) => {
      if (Array.isArray(reply)) return new EndsLater(expiryIn(reply[0]))
      return hasWritten(reply) ? revisionOf(json) : null
    }
    if (typeof ifRevision === 'string') {
      const args = [json, expiryText(expires), ifRevision]
      if (extend) args.push(expiryText(until))
      return this.#keys.run({ effect: 'write', name: 'WRITE_IF', id, args, hasWritten: isWritten, answer }, call)
    }
    const args = [json]
    if (ifRevision === null) args.push('NX')
    if (expires !== null) args.push('PXAT', expiryText(expires))
    return this.#keys.run({ effect: 'write', name: 'SET', id, args, answer }, call)
  }

  protected override _touch(id: string, touch: Touch, { ifRevision, extend }: Condition, call: Call): Promise<boolean> {
    if (ifRevision === null) return Promise.resolve(false)
    const args = [expiryText(touch.expires), extend ? 'extend' : '', this.#index ? 'value' : '']
    if (ifRevision !== undefined) args.push(ifRevision)
    return this.#index ? this.#touchIndexed(this.#index, id, touch, args, call) : this.#change('TOUCH', id, args, call)
  }

  async #touchIndexed(index: SecondaryIndex, id: string, { tokens }: Touch, args: string[], call: Call) {
    const reply = await this.#keys.run({ effect: 'write', name: 'TOUCH', id, args, answer: asItIs }, call)
    if (!hasWritten(reply)) return false
    const [json, end] = reply as [json: string, end: unknown]
    if (!isGone(end)) await index.add(id, tokens ?? this.#tokensIn(json), expiryIn(end), call)
    return true
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#change('DEL', id, NO_ARGS, call)
  }

  #change(name: string, id: string, args: string[], call: Call, effect: Command['effect'] = 'write') {
    return this.#keys.run({ effect, name, id, args, answer: hasWritten }, call)
  }

  protected override async _page(from: unknown, call: Call): Promise<Page> {
    return this.#read(await list(this.#keys, 'string', from), call)
  }

  protected override async _candidates(query: IndexQuery, from: unknown, call: Call): Promise<Page> {
    return this.#read(await (this.#index as SecondaryIndex).candidates(query, from, call), call)
  }

  async #read({ ids, next }: { ids: string[]; next: unknown }, call: Call): Promise<Page> {
    const records = ids.map(async (id): Promise<Page['records'][number]> => [id, await this._read(id, call)])
    return { records: await Promise.all(records), next }
  }

  protected override async _forget({ token }: IndexQuery, ids: string[], call: Call): Promise<void> {
    await this.#index?.forget(token, ids, call)
  }

  protected override async _count(_now: number, call: Call): Promise<number> {
    let count = 0
    for (let from: Listing | undefined; ; ) {
      const { ids, next } = await list(this.#keys, 'string', from)
      count += ids.length
      if (!next) return count
      call.assertInTime()
      if (this.calls.isClosing) throw new NotConnectedError()
      call.progress()
      from = next
    }
  }

  protected override async _clear(from: unknown, call: Call): Promise<unknown> {
    const { records, sets } = (from ?? {}) as { records?: Listing; sets?: Listing }
    if (!sets) {
      const { ids, next } = await list(this.#keys, 'string', records)
      await Promise.all(ids.map((id) => this.#change('UNLINK', id, NO_ARGS, call, 'upkeep')))
      if (next) return { records: next }
    }
    const rest = await this.#index?.clear(sets, call)
    return rest && { sets: rest }
  }

  /** Redis removes expired records. */
  protected override async _deleteExpired(): Promise<number> {
    return 0
  }

  /** Returns no tokens if the text is not JSON. */
  #tokensIn(json: string): Tokens {
    try {
      return tokensOf(parsed(json), this.indices)
    } catch {
      return {}
    }
  }
}
