import { type CallOptions, nextTurn, performance, type Records } from '@sessionbank/databank-kit'
import { explained } from './explain-bank-error.ts'
import { IN_BACKGROUND } from './keep-alive.ts'

/** What a sweep did. */
export interface CleanupReport {
  /** Records that it looked at. */
  examined: number
  /** Expired ones that it removed. */
  removed: number
  /** How long it took. */
  ms: number
}

/** Removed at once before other work gets its turn. */
const SLICE = 250

/** All stores of this process that share a bank share its sweeps, whichever copy of this package they come from. */
const SWEEPS = Symbol.for('sessionbank.sweeps')

type SweptBank = object & { [SWEEPS]?: Map<string, Promise<CleanupReport>> }

/** A plain databank has no index of expiries: it says how much it had to look at. */
type Sweepable = Records & { sweep?(options: CallOptions): Promise<{ examined: number; removed: number }> }

/** Removes what has expired; one sweep of a bank's type at a time in this process, however many ask for it. */
export class Sweeper {
  readonly #bank: SweptBank
  readonly #type: string
  readonly #records: Sweepable

  constructor(bank: object, type: string, records: Records) {
    this.#bank = bank
    this.#type = type
    this.#records = records
  }

  /**
   * @param renewLease asked after each slice whether to go on
   * @throws a SessionbankError where the bank fails or does not answer
   */
  sweep(renewLease: () => Promise<boolean> = async () => true): Promise<CleanupReport> {
    this.#bank[SWEEPS] ??= new Map()
    const sweeps = this.#bank[SWEEPS]
    let running = sweeps.get(this.#type)
    if (!running) {
      running = this.#sweep(renewLease).finally(() => sweeps.delete(this.#type))
      sweeps.set(this.#type, running)
    }
    return running
  }

  async #sweep(renewLease: () => Promise<boolean>): Promise<CleanupReport> {
    const began = performance.now()
    const counts = await this.#removeExpired(renewLease)
    return { ...counts, ms: Math.round(performance.now() - began) }
  }

  async #removeExpired(renewLease: () => Promise<boolean>): Promise<{ examined: number; removed: number }> {
    if (this.#records.sweep) return explained(this.#records.sweep(IN_BACKGROUND))
    let removed = 0
    for (;;) {
      const slice = await explained(this.#records.deleteExpired(SLICE, IN_BACKGROUND))
      removed += slice
      if (slice < SLICE || !(await renewLease())) return { examined: removed, removed }
      await nextTurn()
    }
  }
}
