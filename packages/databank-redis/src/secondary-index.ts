import { type Call, type Calls, type IndexQuery, performance, type Tokens } from '@sessionbank/databank-kit'
import { asItIs, type Command } from './command.ts'
import type { Keyspace } from './keyspace.ts'
import { type Listing, list } from './listing.ts'
import { SeenIds } from './seen-ids.ts'
import { expiryIn, expiryText, isGone } from './stored-form.ts'

/** Options of calls that no caller waits for. */
const IN_BACKGROUND = { isBackground: true }

const DAY = 86_400_000

/** An entry younger than this, in ms, is kept even if its record is missing, because its write may be in flight. */
const GRACE = 60_000
/** A write that took longer than this, in ms, adds its entries again. */
const SLOW_WRITE = GRACE / 3

/** On average, one in `PRUNE_EVERY` additions checks the oldest `PRUNE_COUNT` entries of its set. */
const PRUNE_EVERY = 32
const PRUNE_COUNT = 64

/** The position of a search. */
interface Search {
  cursor: string
  seen: SeenIds
}

/**
 * One sorted set of ids for each token. In a cluster a set is in another slot than its records, so both cannot change
 * atomically. Entries are therefore added before the record is written: a crash may leave a surplus entry, but never a
 * missing one. A search checks each hit and removes stale entries.
 */
export class SecondaryIndex {
  readonly #calls: Calls
  readonly #records: Keyspace
  /** The keyspace of the sets. Its ids are tokens. */
  readonly #sets: Keyspace

  constructor(calls: Calls, records: Keyspace, sets: Keyspace) {
    this.#calls = calls
    this.#records = records
    this.#sets = sets
  }

  /** Adds the entries of a record, then calls `write` with the time until which they live at least. */
  async writeWithEntries<T>(
    id: string,
    tokens: Tokens,
    expires: number | null,
    call: Call,
    write: (until: number | null) => Promise<T>,
  ): Promise<T> {
    const started = performance.now()
    const until = await this.add(id, tokens, expires, call)
    const result = await write(until)
    // The entries may have been removed as stale meanwhile.
    if (performance.now() - started > SLOW_WRITE) await this.add(id, tokens, expires, call)
    return result
  }

  /**
   * Adds the entries of a record, and makes their sets outlive it. Returns the time until which the sets live at least,
   * or null if for ever.
   */
  async add(id: string, tokens: Tokens, expires: number | null, call: Call): Promise<number | null> {
    const present = Object.values(tokens).filter((token) => token !== null)
    const until = outliving(expires)
    await Promise.all(present.map((token) => this.#addTo(token, id, until, call)))
    const token = present[Math.floor(Math.random() * present.length * PRUNE_EVERY)]
    if (token !== undefined) {
      this.#calls.read((pruning) => this.#prune(token, pruning), IN_BACKGROUND).catch(() => {})
    }
    return until
  }

  #addTo(token: string, id: string, until: number | null, call: Call): Promise<unknown> {
    return this.#run('upkeep', 'INDEX_ADD', token, [id, expiryText(until)], call)
  }

  /** Returns the next ids that may have a token, without repeats. */
  async candidates({ token }: IndexQuery, from: unknown, call: Call): Promise<{ ids: string[]; next: unknown }> {
    const { cursor, seen } = (from ?? { cursor: '0', seen: new SeenIds() }) as Search
    const reply = await this.#run('read', 'ZSCAN', token, [cursor, 'COUNT', '250'], call)
    const [goOn, members] = reply as [cursor: unknown, membersAndScores: unknown[]]
    const ids = seen.unseen(members.filter((_, n) => n % 2 === 0).map(String))
    return { ids, next: String(goOn) === '0' ? undefined : { cursor: String(goOn), seen } }
  }

  /** Removes ids from a set whose records are gone or have another value. */
  async forget(token: string, ids: string[], call: Call): Promise<void> {
    if (ids.length > 0) await this.#run('upkeep', 'INDEX_FORGET', token, [String(GRACE), ...ids], call)
  }

  /**
   * Checks the oldest entries of a set, because a set that is never searched would keep the ids of all former records.
   * Entries whose records exist get a new score, so that others are checked next.
   */
  async #prune(token: string, call: Call): Promise<void> {
    const oldest = (await this.#run('read', 'ZRANGE', token, ['0', String(PRUNE_COUNT - 1)], call)) as string[]
    const stale: string[] = []
    const check = async (id: string) => {
      const end = await this.#records.run({ effect: 'read', name: 'PEXPIRETIME', id, args: [], answer: Number }, call)
      if (isGone(end)) stale.push(id)
      else await this.#addTo(token, id, outliving(expiryIn(end)), call)
    }
    await Promise.all(oldest.map(check))
    await this.forget(token, stale, call)
  }

  /** Empties the sets of a page, except entries of writes that may be in flight. */
  async clear(from: Listing | undefined, call: Call): Promise<Listing | undefined> {
    const { ids: tokens, next } = await list(this.#sets, 'zset', from)
    await Promise.all(tokens.map((token) => this.#run('upkeep', 'INDEX_CLEAR', token, [String(GRACE)], call)))
    return next
  }

  #run(effect: Command['effect'], name: string, id: string, args: string[], call: Call): Promise<unknown> {
    return this.#sets.run({ effect, name, id, args, answer: asItIs }, call)
  }
}

/** Returns a time in ms by which a record with this expiry has expired, even if it is touched once or twice. */
function outliving(expires: number | null): number | null {
  return expires === null ? null : Math.trunc(expires + Math.max(0, expires - Date.now()) + DAY)
}
