import { Call, type CallOptions } from './call.ts'
import { Calls } from './calls.ts'

/** The call that each driver method gets: it has no deadline. */
const ENDLESS = new Call(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false)

/**
 * The calls of a bank that does not wait for another process, such as one in memory. They need no deadline and no
 * timer, and the outcome of a write is never unknown.
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
