import { indexToken, indexTokens, type JsonScalar } from '@sessionbank/databank-kit'
import { type Dispatcher, escapeGlob } from './dispatcher.ts'
import { INDEX_ADD, INDEX_CLEAR, INDEX_FORGET, READ } from './scripts.ts'

/** No type is empty, so no record's key begins like that. */
const PREFIX = ':index:'
const DAY = 86_400_000

/** An entry younger than this, in ms, is left alone even if its record is not there: its write may be on its way. */
const GRACE = 60_000
/** A write that took longer than this, in ms, adds its entries again. */
const SLOW_WRITE = GRACE / 3

/** On average every so many additions one set has its oldest entries looked through, so many of them. */
const PRUNE_EVERY = 32
const PRUNE_COUNT = 64

/**
 * One sorted set of ids for each token that a record of the type has. In a cluster a set is in another slot than its
 * records, so it cannot change together with them. Hence entries are added before the record is written: a crash leaves
 * an entry too many, never one too few. Whoever finds by a set rechecks, and takes out what is stale.
 */
export class SecondaryIndex {
  readonly #dispatcher: Dispatcher
  readonly #type: string
  readonly #prefix: string
  readonly #indices: readonly string[]

  /** @param type as it stands in keys */
  constructor(dispatcher: Dispatcher, type: string, indices: readonly string[]) {
    this.#dispatcher = dispatcher
    this.#type = type
    this.#prefix = `${PREFIX}${type}:`
    this.#indices = indices
  }

  covers(field: string): boolean {
    return this.#indices.includes(field)
  }

  /** Does a write with its entries made before; it is told until when they live at the least. */
  async around<T>(
    id: string,
    json: string,
    expires: number | null,
    write: (until: number | null) => Promise<T>,
  ): Promise<T> {
    const started = performance.now()
    const until = await this.add(id, json, expires)
    const result = await write(until)
    // Somebody may have taken the entries for stale meanwhile.
    if (performance.now() - started > SLOW_WRITE) await this.add(id, json, expires)
    return result
  }

  /** Makes the entries of a record, and lets their sets live longer than it: until the time that this gives, or longer. */
  async add(id: string, json: string, expires: number | null): Promise<number | null> {
    const tokens = this.#tokensOf(json)
    const until = outliving(expires)
    await Promise.all(tokens.map((token) => this.#addTo(token, id, until)))
    const token = tokens[Math.floor(Math.random() * tokens.length * PRUNE_EVERY)]
    if (token !== undefined) this.#prune(token).catch(() => {})
    return until
  }

  async #addTo(token: string, id: string, until: number | null): Promise<void> {
    await this.#dispatcher.writeScript(INDEX_ADD, this.#prefix + token, id, until === null ? '' : String(until))
  }

  /** The ids that may have the value, each at least once, in pages. */
  async *candidates(field: string, value: JsonScalar): AsyncGenerator<string[]> {
    const key = this.#prefix + indexToken(field, value)
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const reply = (await this.#dispatcher.read('ZSCAN', key, cursor, 'COUNT', '250')) as [unknown, unknown[]]
      cursor = String(reply[0])
      const ids = membersOf(reply[1]).filter((id) => !seen.has(id))
      for (const id of ids) seen.add(id)
      if (ids.length > 0) yield ids
    } while (cursor !== '0')
  }

  /** Takes ids out of a set: their records are gone, or have another value now. */
  async forget(field: string, value: JsonScalar, ids: string[]): Promise<void> {
    await this.#forget(this.#prefix + indexToken(field, value), ids)
  }

  async #forget(key: string, ids: string[]): Promise<void> {
    if (ids.length > 0) await this.#dispatcher.writeScript(INDEX_FORGET, key, String(GRACE), ...ids)
  }

  /**
   * A set that is written to and never searched would keep the ids of all records that ever were: now and then its oldest
   * entries are looked through. What is still right moves to the end of the queue.
   */
  async #prune(token: string): Promise<void> {
    const key = this.#prefix + token
    const ids = (await this.#dispatcher.read('ZRANGE', key, '0', String(PRUNE_COUNT - 1))) as string[]
    const stale: string[] = []
    await Promise.all(
      ids.map(async (id) => {
        const found = (await this.#dispatcher.readScript(READ, `${this.#type}:${id}`)) as [string, number] | null
        if (!found || !this.#tokensOf(found[0]).includes(token)) stale.push(id)
        else await this.#addTo(token, id, outliving(found[1] < 0 ? null : Number(found[1])))
      }),
    )
    await this.#forget(key, stale)
  }

  /** Empties the sets, but for the entries of writes that may be on their way. */
  async clear(): Promise<void> {
    for await (const keys of this.#dispatcher.scan(`${escapeGlob(this.#prefix)}*`, 'zset')) {
      await Promise.all(keys.map((key) => this.#dispatcher.writeScript(INDEX_CLEAR, key, String(GRACE))))
    }
  }

  #tokensOf(json: string): string[] {
    try {
      return indexTokens(JSON.parse(json), this.#indices)
    } catch {
      return []
    }
  }
}

/** A time in ms that a record of this end does not live to see, though it is touched once or twice. */
function outliving(expires: number | null): number | null {
  return expires === null ? null : Math.trunc(expires + Math.max(0, expires - Date.now()) + DAY)
}

/** ZSCAN answers with members and scores by turns. */
function membersOf(reply: unknown[]): string[] {
  return reply.filter((_, i) => i % 2 === 0).map(String)
}
