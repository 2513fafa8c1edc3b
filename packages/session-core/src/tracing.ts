import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * What subscribers of the tracing channels `sessionbank:load|save|touch|update|destroy|cleanup` get; never an id or a
 * content.
 */
export interface TraceContext {
  /** The databank type. */
  type: string
  /** The name of the bank's driver, such as `redis`; absent if its class has no `driverName`. */
  bank?: string
  /** The session's name, see {@link sessionHandle}. Absent for a cleanup, and for what cannot be a session id. */
  handle?: string
  /** What became of it; absent before its end, after an error and for a cleanup. */
  outcome?: TraceOutcome
}

/** `missing`: there is no such session. `dropped`: a save of a session that has ended was not written. */
export type TraceOutcome = 'found' | 'saved' | 'touched' | 'updated' | 'destroyed' | 'missing' | 'dropped'

export type TracedOperation = 'load' | 'save' | 'touch' | 'update' | 'destroy' | 'cleanup'

/** What a trace tells of one operation beside its name; asked for only while a subscriber listens. */
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

/** Tells the tracing channels of the operations of a store; costs nothing while nobody listens. */
export class Tracer {
  readonly #type: string
  readonly #bank: object

  constructor(type: string, bank: object) {
    this.#type = type
    this.#bank = bank
  }

  /** Runs an operation within its tracing channel. */
  run<T>(name: TracedOperation, operation: () => Promise<T>, traced: Traced<T> = {}): Promise<T> {
    const channel = channels[name]
    return isHeard(channel) ? this.#heard(channel, operation, traced) : operation()
  }

  /** The channel is not told the result, which may be a session. */
  async #heard<T>(
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

/** `TracingChannel.hasSubscribers` came with Node 22. */
function isHeard(channel: TracingChannel<string, TraceContext>): boolean {
  return (
    channel.start.hasSubscribers ||
    channel.end.hasSubscribers ||
    channel.asyncStart.hasSubscribers ||
    channel.asyncEnd.hasSubscribers ||
    channel.error.hasSubscribers
  )
}
