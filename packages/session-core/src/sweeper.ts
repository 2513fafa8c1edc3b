import { type CallOptions, nextTurn, performance, type Records } from '@sessionbank/databank-kit'
import { explained } from './explain-bank-error.ts'
import { IN_BACKGROUND } from './keep-alive.ts'

/** The result of a cleanup. */
export interface CleanupReport {
  /** Number of records that were read. */
  examined: number
  /** Number of expired records that were removed. */
  removed: number
  /** Duration, in ms. */
  ms: number
}

/** Number of records to remove before other work gets a turn. */
const SLICE = 250

/**
 * Key under which the stores of a bank in this process share its sweeps, even stores of another copy of this package.
 */
const SWEEPS = Symbol.for('sessionbank.sweeps')

type SweptBank = object & { [SWEEPS]?: Map<string, Promise<CleanupReport>> }

/** A plain databank has no index of expiries, so it also returns how many records it read. */
type Sweepable = Records & { sweep?(options: CallOptions): Promise<{ examined: number; removed: number }> }

/** Removes expired records. Runs one sweep per type of a bank at a time in this process; further callers join it. */
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
   * Sweeps, or joins a running sweep.
   *
   * @param renewLease called after each slice; returns whether to continue
   * @throws SessionbankError if the bank fails or does not answer
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
