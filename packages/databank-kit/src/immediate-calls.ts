import { Call, type CallOptions } from './call.ts'
import { Calls } from './calls.ts'

/** What every call is given: it needs nothing of it. */
const ENDLESS = new Call(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false)

/**
 * The calls of a bank that waits for nothing, such as one in memory: each is done when the method returns, or gives way to
 * other work between its steps. They need no deadline and no timer, and the outcome of a write is never unknown.
 */
export class ImmediateCalls extends Calls {
  override read<T>(work: (call: Call) => Promise<T>, _options?: CallOptions, finish?: (answer: T) => T): Promise<T> {
    const answer = this.immediate(() => work(ENDLESS))
    return finish ? answer.then(finish) : answer
  }

  override write<T>(work: (call: Call) => Promise<T>): Promise<T> {
    return this.immediate(() => work(ENDLESS))
  }
}
