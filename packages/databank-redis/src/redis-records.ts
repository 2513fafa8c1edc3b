import {
  type Call,
  type Condition,
  type IndexQuery,
  type NewRecord,
  NotConnectedError,
  type Page,
  parsed,
  RecordsBase,
  type StoredRecord,
  type Tokens,
  type Touch,
  tokensOf,
} from '@sessionbank/databank-kit'
import { CallsOfATick } from './calls-of-a-tick.ts'
import { type Command, type Connection, escapeGlob, type Listing } from './connection.ts'
import { SecondaryIndex } from './secondary-index.ts'
import { expiryIn, expiryText, GONE, IDS, LoadedRecord, revisionOf, typeInKey } from './stored-form.ts'

/** `refused`: the condition did not hold. With `endsAt` nothing was written, as the record would outlive its index entries. */
type Outcome = 'written' | 'refused' | { endsAt: number | null }

/** Records as strings at `type:id`, which Redis expires by itself. */
export class RedisRecords extends RecordsBase {
  readonly #connection: Connection
  /** Null in a cluster, where each key is in a slot of its own. */
  readonly #tick: CallsOfATick | null
  readonly #prefix: string
  readonly #index: SecondaryIndex | null

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    // Whether a record has expired is for Redis to say, by its own clock.
    super({ calls: connection.calls, indices, ids: IDS, now: () => 0 })
    const name = typeInKey(type)
    this.#connection = connection
    this.#tick = connection.redis.routes ? null : new CallsOfATick(connection)
    this.#prefix = `${name}:`
    this.#index = this.indices.length > 0 ? new SecondaryIndex(connection, name) : null
  }

  protected override async _read(id: string, call: Call): Promise<StoredRecord | null> {
    const reply = await this.#run('read', 'READ', id, [], call)
    return reply === null ? null : new LoadedRecord(reply as [string, number])
  }

  protected override async _write(id: string, record: NewRecord, condition: Condition, call: Call) {
    const outcome = this.#index
      ? await this.#writeIndexed(this.#index, id, record, condition, call)
      : await this.#write(id, record, condition, null, call)
    return outcome === 'written' ? revisionOf(record.json) : null
  }

  /** A record that keeps a later end needs entries that live as long before it is written: then it is tried again with such. */
  async #writeIndexed(index: SecondaryIndex, id: string, record: NewRecord, condition: Condition, call: Call) {
    for (let endsAt = record.expires; ; ) {
      const outcome: Outcome = await index.around(id, record.tokens, endsAt, call, (until) => {
        call.assertInTime()
        return this.#write(id, record, condition, until, call)
      })
      if (typeof outcome === 'string') return outcome
      endsAt = outcome.endsAt
    }
  }

  async #write(
    id: string,
    record: NewRecord,
    condition: Condition,
    until: number | null,
    call: Call,
  ): Promise<Outcome> {
    const { json, expires } = record
    const { ifRevision, extend } = condition
    if (typeof ifRevision === 'string') {
      const latest = extend ? [expiryText(until)] : []
      const answer = await this.#run('write', 'WRITE_IF', id, [json, expiryText(expires), ifRevision, ...latest], call)
      if (Array.isArray(answer)) return { endsAt: expiryIn(answer[0]) }
      return Number(answer) === 1 ? 'written' : 'refused'
    }
    const args = [json]
    if (ifRevision === null) args.push('NX')
    if (expires !== null) args.push('PXAT', expiryText(expires))
    return (await this.#run('write', 'SET', id, args, call)) === null ? 'refused' : 'written'
  }

  protected override async _touch(id: string, touch: Touch, condition: Condition, call: Call): Promise<boolean> {
    const { expires } = touch
    const { ifRevision, extend } = condition
    if (!this.#index && expires !== null && ifRevision === undefined && !extend) {
      return Number(await this.#run('write', 'PEXPIREAT', id, [expiryText(expires)], call)) === 1
    }
    const args = [expiryText(expires), extend ? 'extend' : '', this.#index ? 'value' : '']
    if (ifRevision !== undefined) args.push(ifRevision ?? '')
    const answer = await this.#run('write', 'TOUCH', id, args, call)
    if (answer === null) return false
    if (this.#index && Array.isArray(answer)) await this.#indexTouched(this.#index, id, touch, answer, call)
    return true
  }

  async #indexTouched(index: SecondaryIndex, id: string, { tokens }: Touch, [json, end]: unknown[], call: Call) {
    if (Number(end) !== GONE) await index.add(id, tokens ?? this.#tokensIn(json as string), expiryIn(end), call)
  }

  protected override async _delete(id: string, call: Call): Promise<boolean> {
    return Number(await this.#run('write', 'DEL', id, [], call)) === 1
  }

  protected override async _page(from: unknown, call: Call): Promise<Page> {
    const [ids, next] = await this.#list(from)
    return pageOf(await this.#readAll(ids, call), next)
  }

  protected override async _candidates(query: IndexQuery, from: unknown, call: Call): Promise<Page> {
    const index = this.#index as SecondaryIndex
    const [ids, next] = await index.candidates(query, from as Parameters<typeof index.candidates>[1], call)
    return pageOf(await this.#readAll(ids, call), next)
  }

  protected override async _forget({ token }: IndexQuery, ids: string[], call: Call): Promise<void> {
    await this.#index?.forget(token, ids, call)
  }

  protected override async _count(_now: number, call: Call): Promise<number> {
    let count = 0
    for (let from: Listing | undefined; ; ) {
      const [ids, next] = await this.#list(from)
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
      const [ids, next] = await this.#list(records)
      await Promise.all(ids.map((id) => this.#run('upkeep', 'UNLINK', id, [], call)))
      if (next) return { records: next }
    }
    const rest = await this.#index?.clear(sets, call)
    return rest && { sets: rest }
  }

  /** Redis does it by itself. */
  protected override async _deleteExpired(): Promise<number> {
    return 0
  }

  async #list(from: unknown): Promise<[ids: string[], next?: Listing]> {
    const [keys, next] = await this.#connection.list(`${escapeGlob(this.#prefix)}*`, 'string', from as Listing)
    const ids = keys.map((key) => key.slice(this.#prefix.length))
    return next ? [ids, next] : [ids]
  }

  #readAll(ids: string[], call: Call): Promise<Page['records']> {
    return Promise.all(ids.map(async (id): Promise<Page['records'][number]> => [id, await this._read(id, call)]))
  }

  /** A text that is not JSON has no tokens. */
  #tokensIn(json: string): Tokens {
    try {
      return tokensOf(parsed(json), this.indices)
    } catch {
      return {}
    }
  }

  #run(effect: Command['effect'], name: string, id: string, args: string[], call: Call): Promise<unknown> {
    return (this.#tick ?? this.#connection).run({ effect, name, key: this.#prefix + id, args }, call)
  }
}

function pageOf(records: Page['records'], next: unknown): Page {
  return next === undefined ? { records } : { records, next }
}
