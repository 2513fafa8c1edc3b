import type { Call } from './call.ts'
import { setImmediate } from './clock.ts'

/** A call to send, with the promise of its caller. Call its methods on it: they use `this`. */
export interface GatheredCall<Request, Answer> {
  /** What the driver is asked for. */
  readonly request: Request
  /** The deadline of the call, and whether it was sent. */
  readonly call: Call
  /** Settles the call with its answer. */
  resolve(answer: Answer): void
  /** Settles the call with an error. */
  reject(error: unknown): void
}

/** How calls are gathered and sent. */
export interface CallsOfATickOptions<Request, Answer> {
  /** How many calls travel together at most. */
  most: number
  /** Sends calls together, at least one, and settles each of them. */
  send(calls: GatheredCall<Request, Answer>[]): void
  /** Calls `flush` when what is gathered from now on is to be sent. Default: `setImmediate`. */
  defer?(flush: () => void): void
  /** Says how many of so many calls are sent now; the rest goes two turns of the event loop later. Default: all. */
  now?(count: number): number
}

/** A call that the one after it with the same id waits for. No promise of its own: each write would pay for it. */
class Gathered<Request, Answer> implements GatheredCall<Request, Answer> {
  readonly request: Request
  readonly call: Call
  /** Called when the call is settled. */
  whenSettled: (() => void) | undefined
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void

  constructor(request: Request, call: Call, resolve: (answer: Answer) => void, reject: (error: unknown) => void) {
    this.request = request
    this.call = call
    this.#resolve = resolve
    this.#reject = reject
  }

  resolve(answer: Answer): void {
    this.#resolve(answer)
    this.whenSettled?.()
  }

  reject(error: unknown): void {
    this.#reject(error)
    this.whenSettled?.()
  }
}

/**
 * Gathers the calls of one turn of the event loop and hands them on together, without waiting for more: a lone call goes as
 * fast as it would alone, many share round trips and commits.
 */
export class CallsOfATick<Request, Answer> {
  readonly #options: CallsOfATickOptions<Request, Answer>
  #gathered: Gathered<Request, Answer>[] = []
  /** Of each id that has a call under way, the last one. */
  readonly #last = new Map<string, Gathered<Request, Answer>>()

  constructor(options: CallsOfATickOptions<Request, Answer>) {
    this.#options = options
  }

  /**
   * Returns the answer to a request. A call whose time is up before it is sent rejects.
   *
   * @param id keeps the order: the call is sent when the one before it with this id is settled. Default: in no order.
   */
  add(request: Request, call: Call, id?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gathered = new Gathered<Request, Answer>(request, call, resolve, reject)
      const earlier = id === undefined ? undefined : this.#enter(id, gathered)
      if (earlier) earlier.whenSettled = () => this.#gather(gathered)
      else this.#gather(gathered)
    })
  }

  /** Returns the call that this one has to wait for. */
  #enter(id: string, gathered: Gathered<Request, Answer>): Gathered<Request, Answer> | undefined {
    const earlier = this.#last.get(id)
    this.#last.set(id, gathered)
    gathered.whenSettled = () => this.#last.delete(id)
    return earlier
  }

  #gather(gathered: Gathered<Request, Answer>): void {
    if (this.#gathered.push(gathered) === 1) this.#defer()
  }

  readonly #defer = () => {
    const { defer = setImmediate } = this.#options
    defer(this.#flush)
  }

  readonly #flush = () => this.#send((count) => this.#options.now?.(count) ?? count)

  readonly #flushRest = () => this.#send((count) => count)

  /** @param now returns how many of so many calls are sent now */
  #send(now: (count: number) => number): void {
    const { most, send } = this.#options
    const gathered = this.#gathered
    this.#gathered = []
    // Rejects the calls whose time is up; the next call of the same id is gathered then.
    const calls = inTime(gathered)
    const count = now(calls.length)
    const rest = calls.slice(count)
    // What is gathered meanwhile goes behind the rest: calls for one id keep their order.
    this.#gathered = [...rest, ...this.#gathered]
    if (rest.length > 0) setImmediate(() => setImmediate(this.#flushRest))
    for (let start = 0; start < count; start += most) send(calls.slice(start, Math.min(start + most, count)))
  }
}

/** Returns the calls whose time is not up, and ends the others. */
export function inTime<Gathered extends GatheredCall<unknown, never>>(calls: Gathered[]): Gathered[] {
  return calls.filter((gathered) => {
    const { call } = gathered
    const { isInTime } = call
    if (!isInTime) gathered.reject(call.timedOut())
    return isInTime
  })
}
