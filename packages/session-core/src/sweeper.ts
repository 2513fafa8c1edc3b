import { randomUUID } from 'node:crypto'
import type { CallOptions, Records, Revision } from '@sessionbank/databank-kit'
import { explainBankError } from './explain-bank-error.ts'

/** What a sweep did. */
export interface CleanupReport {
  /** Records that it looked at. */
  examined: number
  /** Expired ones that it removed. */
  removed: number
  /** How long it took. */
  ms: number
}

/** A cleanup by timer keeps no process alive. */
const IN_BACKGROUND: CallOptions = { isBackground: true }

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
    if (this.#records.sweep)
      return this.#records.sweep(IN_BACKGROUND).catch((error) => Promise.reject(explainBankError(error)))
    let removed = 0
    for (;;) {
      const slice = await this.#records
        .deleteExpired(SLICE, IN_BACKGROUND)
        .catch((error) => Promise.reject(explainBankError(error)))
      removed += slice
      if (slice < SLICE || !(await renewLease())) return { examined: removed, removed }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/**
 * Lets one process at a time sweep a bank: a record of its own, written only where there is none, that ends by itself when
 * its holder dies.
 */
export class Lease {
  readonly #records: Records
  readonly #id: string
  readonly #holder = randomUUID()
  #revision: Revision | null = null

  /** @param id what is swept */
  constructor(records: Records, id: string) {
    this.#records = records
    this.#id = id
  }

  /** Takes the lease until `expires`, in ms since the epoch. False: somebody else has it. */
  async take(expires: number): Promise<boolean> {
    const json = JSON.stringify({ sid: this.#id, holder: this.#holder })
    this.#revision = await this.#explained(
      this.#records.write(this.#id, json, { expires, ifRevision: null, ...IN_BACKGROUND }),
    )
    return this.#revision !== null
  }

  /** Keeps the lease until `expires`. False: it has lapsed, and may be somebody else's by now. */
  async renew(expires: number): Promise<boolean> {
    const ifRevision = this.#revision
    if (ifRevision === null) return false
    return this.#explained(this.#records.touch(this.#id, expires, { ifRevision, ...IN_BACKGROUND }))
  }

  #explained<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error) => Promise.reject(explainBankError(error)))
  }
}

/** Calls `task` about every `interval` ms, never twice at once, spread so that processes do not meet; keeps none alive. */
export class JitteredTimer {
  readonly #interval: number
  readonly #task: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(interval: number, task: () => Promise<void>) {
    this.#interval = interval
    this.#task = task
    this.#schedule(Math.random() * interval)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(delay: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.#run(), delay)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    await this.#task()
    this.#schedule(this.#interval * (0.9 + Math.random() * 0.2))
  }
}
