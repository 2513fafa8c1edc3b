import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/** What subscribers of the tracing channels `sessionbank:load|save|touch|update|destroy|cleanup` get; never an id or a content. */
export interface TraceContext {
  /** The databank type. */
  type: string
}

export type TracedOperation = 'load' | 'save' | 'touch' | 'update' | 'destroy' | 'cleanup'

const channels = {
  load: tracingChannel<'load', TraceContext>('sessionbank:load'),
  save: tracingChannel<'save', TraceContext>('sessionbank:save'),
  touch: tracingChannel<'touch', TraceContext>('sessionbank:touch'),
  update: tracingChannel<'update', TraceContext>('sessionbank:update'),
  destroy: tracingChannel<'destroy', TraceContext>('sessionbank:destroy'),
  cleanup: tracingChannel<'cleanup', TraceContext>('sessionbank:cleanup'),
}

/** Runs an operation within its tracing channel; costs nothing while nobody listens. */
export function traced<T>(name: TracedOperation, type: string, operation: () => Promise<T>): Promise<T> {
  const channel = channels[name] as TracingChannel<string, TraceContext>
  return isHeard(channel) ? heard(channel, type, operation) : operation()
}

/** The channel is not told the result, which may be a session. */
async function heard<T>(
  channel: TracingChannel<string, TraceContext>,
  type: string,
  operation: () => Promise<T>,
): Promise<T> {
  let result: T | undefined
  await channel.tracePromise(
    async () => {
      result = await operation()
    },
    { type },
  )
  return result as T
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
