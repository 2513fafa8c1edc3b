import { type Criteria, checkedSelection } from './criteria.ts'
import { type FoundSession, foundSession } from './found-session.ts'
import type { SessionRecords } from './session-records.ts'
import type { StoreContext } from './store-context.ts'
import { type SessionData, toSession } from './to-session.ts'

/** Limit on the searches by which `destroyWhere` finds all sessions. */
const MOST_PASSES = 10

/** Lists sessions, and ends those that match criteria. */
export class Listing {
  readonly #context: Pick<StoreContext, 'ids' | 'now' | 'seal' | 'settings'>
  readonly #records: SessionRecords
  readonly #destroy: (id: string) => Promise<void>

  /** @param destroy ends the session that is stored under an id of the bank */
  constructor(context: StoreContext, records: SessionRecords, destroy: (id: string) => Promise<void>) {
    this.#context = context
    this.#records = records
    this.#destroy = destroy
  }

  async all(): Promise<SessionData[]> {
    const all: SessionData[] = []
    for await (const { record, data } of this.#records.entries()) {
      const session = toSession({ record, data })
      if (this.#context.ids.isShown(record.id) && !Object.hasOwn(session, 'sid')) session.sid = record.id
      all.push(session)
    }
    return all
  }

  async *entries(criteria?: Criteria): AsyncGenerator<FoundSession> {
    for await (const loaded of criteria ? this.#records.find(criteria) : this.#records.entries()) {
      yield foundSession(loaded, this.#context)
    }
  }

  async find(criteria: Criteria): Promise<FoundSession[]> {
    const found: FoundSession[] = []
    for await (const loaded of this.#records.find(criteria)) found.push(foundSession(loaded, this.#context))
    return found
  }

  /**
   * Ends the sessions that match. With encryption, repeats the search until it finds none: a session that a store with
   * other keys saves during a search moves within a blind index, so that the search may miss it.
   */
  async destroyWhere(criteria: Criteria, options: unknown): Promise<number> {
    const isSelected = checkedSelection(options)
    let destroyed = 0
    for (let passes = this.#context.seal ? MOST_PASSES : 1; passes > 0; passes--) {
      const before = destroyed
      for await (const { record } of this.#records.find(criteria)) {
        if (!isSelected(record.id)) continue
        await this.#destroy(record.id)
        destroyed++
      }
      if (destroyed === before) break
    }
    return destroyed
  }
}
