import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * The message that subscribers of the tracing channels `sessionbank:load|save|touch|update|destroy|cleanup` receive.
 * Contains no id and no content.
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import type { TraceContext } from '@sessionbank/session-core'
 *
 * subscribe('tracing:sessionbank:save:asyncEnd', (message) => {
 *   const { handle, outcome } = message as TraceContext
 *   console.log(handle, outcome)
 * })
 * ```
 */
export interface TraceContext {
  /** The databank type. */
  type: string
  /** The name of the bank's driver, such as `redis`; absent if its class has no `driverName`. */
  bank?: string
  /**
   * The session's handle, see {@link sessionHandle}. Absent for a cleanup, and for a value that cannot be a session id.
   */
  handle?: string
  /** The outcome; absent before the end, after an error and for a cleanup. */
  outcome?: TraceOutcome
}

/** `missing`: there is no such session. `dropped`: a save was not written because the session has ended. */
export type TraceOutcome = 'found' | 'saved' | 'touched' | 'updated' | 'destroyed' | 'missing' | 'dropped'

export type TracedOperation = 'load' | 'save' | 'touch' | 'update' | 'destroy' | 'cleanup'

/** The trace's data in addition to the operation's name; called only if there is a subscriber. */
export interface Traced<T> {
  handle?(): string | undefined
  outcome?(result: T): TraceOutcome
}

const channels: Record<TracedOperation, TracingChannel<string, TraceContext>> = {
  load: tracingChannel('sessionbank:load'),
  save: tracingChannel('sessionbank:save'),
  touch: tracingChannel('sessionbank:touch'),
  update: tracingChannel('sessionbank:update'),
  destroy: tracingChannel('sessionbank:destroy'),
  cleanup: tracingChannel('sessionbank:cleanup'),
}

/** Publishes the operations of a store on the tracing channels. Costs nothing without subscribers. */
export class Tracer {
  readonly #type: string
  readonly #bank: object

  constructor(type: string, bank: object) {
    this.#type = type
    this.#bank = bank
  }

  /** Runs an operation, and traces it if its channel has subscribers. */
  run<T>(name: TracedOperation, operation: () => Promise<T>, traced: Traced<T> = {}): Promise<T> {
    const channel = channels[name]
    return hasSubscribers(channel) ? this.#traced(channel, operation, traced) : operation()
  }

  /** Does not pass the result to the channel, because it may be a session. */
  async #traced<T>(
    channel: TracingChannel<string, TraceContext>,
    operation: () => Promise<T>,
    { handle, outcome }: Traced<T>,
  ): Promise<T> {
    let result: T | undefined
    const context: TraceContext = { type: this.#type }
    const bank = driverNameOf(this.#bank)
    if (bank !== undefined) context.bank = bank
    const name = handle?.()
    if (name !== undefined) context.handle = name
    await channel.tracePromise(async () => {
      result = await operation()
      if (outcome) context.outcome = outcome(result)
    }, context)
    return result as T
  }
}

function driverNameOf(bank: object): string | undefined {
  const { driverName } = bank.constructor as { driverName?: unknown }
  return typeof driverName === 'string' ? driverName : undefined
}

/** `TracingChannel.hasSubscribers` requires Node 22. */
function hasSubscribers(channel: TracingChannel<string, TraceContext>): boolean {
  return (
    channel.start.hasSubscribers ||
    channel.end.hasSubscribers ||
    channel.asyncStart.hasSubscribers ||
    channel.asyncEnd.hasSubscribers ||
    channel.error.hasSubscribers
  )
}
