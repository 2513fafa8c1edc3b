import { randomUUID } from 'node:crypto'
import { OWN_TYPES, type Records, type Revision } from '@sessionbank/databank-kit'
import { explained } from './explain-bank-error.ts'
import { IN_BACKGROUND } from './keep-alive.ts'

/** The databank type of leases. */
export const LEASE_TYPE = `${OWN_TYPES}lease`

/**
 * Lets only one process at a time sweep a bank. The lease is a record that is created only if there is none, and that
 * expires if its holder dies.
 */
export class Lease {
  readonly #records: Records
  readonly #id: string
  readonly #holder = randomUUID()
  #revision: Revision | null = null

  /** @param id the type that is swept */
  constructor(records: Records, id: string) {
    this.#records = records
    this.#id = id
  }

  /** Takes the lease until `expires`, in ms since the epoch. Returns false if another process has it. */
  async take(expires: number): Promise<boolean> {
    const json = JSON.stringify({ sid: this.#id, holder: this.#holder })
    this.#revision = await explained(
      this.#records.write(this.#id, json, { expires, ifRevision: null, ...IN_BACKGROUND }),
    )
    return this.#revision !== null
  }

  /** Extends the lease until `expires`. Returns false if it has expired, so that another process may hold it. */
  async renew(expires: number): Promise<boolean> {
    const ifRevision = this.#revision
    if (ifRevision === null) return false
    return explained(this.#records.touch(this.#id, expires, { ifRevision, ...IN_BACKGROUND }))
  }
}
