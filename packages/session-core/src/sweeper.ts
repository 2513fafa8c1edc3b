import { randomUUID } from 'node:crypto'
import type { Records } from '@sessionbank/databank-kit'

/** What a sweep did. */
export interface SweepReport {
  /** Records that it looked at. */
  examined: number
  /** Expired ones that it removed. */
  removed: number
  /** How long it took. */
  ms: number
}

/** Removed at once before other work gets its turn. */
const SLICE = 250

/** A plain databank has no index of expiries: it says how much it had to look at. */
type Sweepable = Records & { sweep?(): Promise<{ examined: number; removed: number }> }

/** Removes what has expired; one sweep at a time in this process, however many ask for it. */
export class Sweeper {
  readonly #records: Sweepable
  #running: Promise<SweepReport> | undefined

  constructor(records: Records) {
    this.#records = records
  }

  sweep(): Promise<SweepReport> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #sweep(): Promise<SweepReport> {
    const began = performance.now()
    const counts = await this.#removeExpired()
    return { ...counts, ms: Math.round(performance.now() - began) }
  }

  async #removeExpired(): Promise<{ examined: number; removed: number }> {
    if (this.#records.sweep) return this.#records.sweep()
    let removed = 0
    for (;;) {
      const slice = await this.#records.deleteExpired(SLICE)
      removed += slice
      if (slice < SLICE) return { examined: removed, removed }
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

  /** @param id what is swept */
  constructor(records: Records, id: string) {
    this.#records = records
    this.#id = id
  }

  /** Takes the lease until `expires`, in ms since the epoch. False: somebody else has it. */
  async take(expires: number): Promise<boolean> {
    const json = JSON.stringify({ sid: this.#id, holder: this.#holder })
    return (await this.#records.write(this.#id, json, { expires, ifRevision: null })) !== null
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
