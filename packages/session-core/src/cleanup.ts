import { performance, type Records } from '@sessionbank/databank-kit'
import { type Bank, recordsOf } from './bank.ts'
import { JitteredTimer } from './jittered-timer.ts'
import { keepingAlive } from './keep-alive.ts'
import { LEASE_TYPE, Lease } from './lease.ts'
import type { StoreLog } from './log.ts'
import type { Settings } from './options.ts'
import type { Reporter } from './reporter.ts'
import type { SessionRecords } from './session-records.ts'
import { type CleanupReport, Sweeper } from './sweeper.ts'
import type { Tracer } from './tracing.ts'

export interface CleanupContext {
  bank: Bank
  records: Records
  settings: Pick<Settings, 'cleanupInterval' | 'timeout' | 'type'>
  now(): number
  log: StoreLog | null
  reporter: Reporter
  tracer: Tracer
}

/** Share of the cleanup interval for which a sweep holds the lease. */
const LEASE_SHARE = 0.8

/**
 * The cleanup of a store: removes expired sessions on request and by timer, one run at a time. Also emits `evicted`
 * when the bank removes live sessions.
 */
export class Cleanup {
  readonly #sessions: SessionRecords
  readonly #context: CleanupContext
  readonly #sweeper: Sweeper
  readonly #timer: JitteredTimer | undefined
  readonly #endEvictions: (() => void) | undefined
  #running: Promise<CleanupReport> | undefined

  constructor(sessions: SessionRecords, context: CleanupContext) {
    this.#sessions = sessions
    this.#context = context
    const { bank, records, reporter } = context
    const { cleanupInterval, type } = context.settings
    this.#sweeper = new Sweeper(bank, type, records)
    this.#endEvictions = bank.onEvicted?.(type, (count) => reporter.emit('evicted', { count }))
    if (cleanupInterval !== false) this.#timer = this.#startTimer(cleanupInterval)
  }

  /** Removes expired sessions. Joins a cleanup that is already running. */
  run(): Promise<CleanupReport> {
    return keepingAlive(this.#run())
  }

  /** Stops the timer and the bank's eviction events. Resolves when a running cleanup has ended. */
  async close(): Promise<void> {
    this.#endEvictions?.()
    const ended = Promise.all([this.#timer?.stop(), this.#running?.catch(() => {})])
    await (this.#running ? keepingAlive(ended) : ended)
  }

  #run(renewLease?: () => Promise<boolean>): Promise<CleanupReport> {
    return this.#context.tracer.run('cleanup', () => {
      this.#running ??= this.#cleanUp(renewLease).finally(() => {
        this.#running = undefined
      })
      return this.#running
    })
  }

  async #cleanUp(renewLease?: () => Promise<boolean>): Promise<CleanupReport> {
    const began = performance.now()
    const limited = await this.#sessions.limitLives()
    const { examined, removed } = await this.#sweeper.sweep(renewLease)
    const report = { examined: examined + limited, removed, ms: Math.round(performance.now() - began) }
    this.#context.log?.debug('removed expired sessions', report)
    this.#context.reporter.emit('cleanup', report)
    return report
  }

  #startTimer(interval: number): JitteredTimer {
    const { bank, settings, now, reporter } = this.#context
    const leases = bank.records && recordsOf(bank, LEASE_TYPE, { timeout: settings.timeout })
    const lease = leases && new Lease(leases, settings.type)
    const end = () => now() + interval * LEASE_SHARE
    return new JitteredTimer(interval, async () => {
      try {
        if (lease && !(await lease.take(end()))) return
        await this.#run(lease && (() => lease.renew(end())))
      } catch (error) {
        reporter.report(error)
      }
    })
  }
}
