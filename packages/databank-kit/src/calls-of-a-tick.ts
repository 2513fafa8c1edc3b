import type { Call } from './call.ts'
import { setImmediate } from './clock.ts'

/** A call to send, with its caller's promise. Its methods use `this`, so call them on the object. */
export interface GatheredCall<Request, Answer> {
  /** The driver's description of the call. */
  readonly request: Request
  /** The call's deadline, and whether it was sent. */
  readonly call: Call
  /** Settles the call with its answer. */
  resolve(answer: Answer): void
  /** Settles the call with an error. */
  reject(error: unknown): void
}

/** How calls are gathered and sent. */
export interface CallsOfATickOptions<Request, Answer> {
  /** The maximum number of calls that are sent together. */
  most: number
  /** Sends one or more calls together, and settles each of them. */
  send(calls: GatheredCall<Request, Answer>[]): void
  /** Schedules `flush`, which sends the gathered calls. Default: `setImmediate`. */
  defer?(flush: () => void): void
  /** Returns how many calls to send now; the rest is sent two turns of the event loop later. Default: all. */
  now?(count: number): number
}

/**
 * A gathered call, which may delay the next one with the same id. Uses a callback, because a promise slows each write.
 */
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
 * Gathers the calls of one turn of the event loop and sends them together. Does not wait for more calls: a single call
 * is as fast as without this class, and many calls share round trips and commits.
 */
export class CallsOfATick<Request, Answer> {
  readonly #options: CallsOfATickOptions<Request, Answer>
  #gathered: Gathered<Request, Answer>[] = []
  /** The last running call of each id. */
  readonly #last = new Map<string, Gathered<Request, Answer>>()

  constructor(options: CallsOfATickOptions<Request, Answer>) {
    this.#options = options
  }

  /**
   * Adds a call. Returns its answer. Rejects if its deadline passes before it is sent.
   *
   * @param id calls with the same id are sent one after another, each when the one before has settled. Default: no
   * order
   */
  add(request: Request, call: Call, id?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gathered = new Gathered<Request, Answer>(request, call, resolve, reject)
      const earlier = id === undefined ? undefined : this.#enter(id, gathered)
      if (earlier) earlier.whenSettled = () => this.#gather(gathered)
      else this.#gather(gathered)
    })
  }

  /** Returns the call with the same id for which this one has to wait. */
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

  /** @param now returns how many of `count` calls are sent now */
  #send(now: (count: number) => number): void {
    const { most, send } = this.#options
    const gathered = this.#gathered
    this.#gathered = []
    // Rejects late calls, which makes the next calls with their ids ready to be sent.
    const calls = inTime(gathered)
    const count = now(calls.length)
    const rest = calls.slice(count)
    // The calls that became ready go after the rest, so that calls with the same id keep their order.
    this.#gathered = [...rest, ...this.#gathered]
    if (rest.length > 0) setImmediate(() => setImmediate(this.#flushRest))
    for (let start = 0; start < count; start += most) send(calls.slice(start, Math.min(start + most, count)))
  }
}

/** Returns the calls whose deadline has not passed, and rejects the others. */
export function inTime<Gathered extends GatheredCall<unknown, never>>(calls: Gathered[]): Gathered[] {
  return calls.filter((gathered) => {
    const { call } = gathered
    const { isInTime } = call
    if (!isInTime) gathered.reject(call.timedOut())
    return isInTime
  })
}
