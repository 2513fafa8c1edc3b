import { type Call, type IndexQuery, type NextRecord, type Page, SwapRecords } from '@sessionbank/databank-kit'
import type { Connection, Write } from './connection.ts'
import { countStatement, keysStatement } from './statements.ts'
import { contentOf, documentExpiry, documentText, IDS, keyOf, keyPrefix, type SeenDocument } from './stored-form.ts'

/** How many keys a query lists, whose documents are then read together. */
const PAGE = 250

/** The records of one type, one document each. */
export class CouchbaseRecords extends SwapRecords<SeenDocument> {
  readonly #connection: Connection
  readonly #type: string
  readonly #prefix: string

  constructor(connection: Connection, type: string, indices: readonly string[]) {
    super({ calls: connection.calls, indices, ids: IDS })
    this.#connection = connection
    this.#type = type
    this.#prefix = keyPrefix(type)
  }

  protected override async _see(id: string, call: Call): Promise<SeenDocument | null> {
    const found = await this.#connection.get(keyOf(this.#prefix, id), call)
    if (!found) return null
    const content = contentOf(found.content, this.#type)
    return content?.id === id ? { ...content, cas: found.cas } : { cas: found.cas, record: null }
  }

  protected override _swap(id: string, seen: SeenDocument | null, next: NextRecord, call: Call): Promise<boolean> {
    const { key, text, expiry } = this.#document(id, next, seen)
    const write: Write = seen
      ? (to, options) => to.replace(key, text, { ...options, ...expiry, cas: seen.cas })
      : (to, options) => to.insert(key, text, { ...options, ...expiry })
    return this.#connection.send(call, write, 'CasMismatchError', 'DocumentNotFoundError', 'DocumentExistsError')
  }

  protected override async _put(id: string, next: NextRecord, call: Call): Promise<void> {
    const { key, text, expiry } = this.#document(id, next, null)
    await this.#connection.send(call, (to, options) => to.upsert(key, text, { ...options, ...expiry }))
  }

  protected override _delete(id: string, call: Call): Promise<boolean> {
    return this.#remove(keyOf(this.#prefix, id), call)
  }

  protected override _page(from: unknown, call: Call): Promise<Page> {
    return this.#page(from, call)
  }

  protected override _candidates({ token }: IndexQuery, from: unknown, call: Call): Promise<Page> {
    return this.#page(from, call, token)
  }

  protected override async _count(now: number, call: Call): Promise<number> {
    const statement = countStatement(this.#connection.options, { type: this.#type, now })
    return Number((await this.#connection.query(statement, call))[0])
  }

  protected override async _clear(from: unknown, call: Call): Promise<string | undefined> {
    const keys = await this.#keys(from, call)
    await Promise.all(keys.map((key) => this.#remove(key, call)))
    return keys[PAGE - 1]
  }

  /** Couchbase removes expired records. */
  protected override async _deleteExpired(): Promise<number> {
    return 0
  }

  #remove(key: string, call: Call): Promise<boolean> {
    return this.#connection.send(call, (from, options) => from.remove(key, options), 'DocumentNotFoundError')
  }

  /** Lists keys by a query, then reads the documents by key, so that they are complete and current. */
  async #page(from: unknown, call: Call, token?: string): Promise<Page> {
    const keys = await this.#keys(from, call, token)
    const found = await Promise.all(keys.map((key) => this.#connection.get(key, call)))
    const contents = found.map((document) => document && contentOf(document.content, this.#type))
    const records = contents.flatMap((content): Page['records'] => (content ? [[content.id, content.record]] : []))
    return { records, next: keys[PAGE - 1] }
  }

  /** @param after the last key of the previous page */
  async #keys(after: unknown, call: Call, token?: string): Promise<string[]> {
    const page = { type: this.#type, after: (after as string | undefined) ?? '', limit: PAGE, token }
    return (await this.#connection.query(keysStatement(this.#connection.options, page), call)) as string[]
  }

  #document(id: string, next: NextRecord, seen: SeenDocument | null) {
    const text = documentText(this.#type, id, next, seen?.tokens)
    return { key: keyOf(this.#prefix, id), text, expiry: documentExpiry(next.expires) }
  }
}
