import { setImmediate } from 'node:timers'
import type { Call } from './calls.ts'

/** A call to send, with the promise of its caller. */
export interface GatheredCall<Request, Answer> {
  readonly request: Request
  readonly call: Call
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export interface CallsOfATickOptions<Request, Answer> {
  /** How many calls travel together at most. */
  most: number
  /** Sends calls together, at least one, and settles each of them. */
  send(calls: GatheredCall<Request, Answer>[]): void
}

/**
 * Gathers the calls of one turn of the event loop and hands them on together, without waiting for more: a lone call goes as
 * fast as it would alone, many share round trips and commits.
 */
export class CallsOfATick<Request, Answer> {
  readonly #options: CallsOfATickOptions<Request, Answer>
  #gathered: GatheredCall<Request, Answer>[] = []
  /** Of each id that has a call under way, the last one. */
  readonly #last = new Map<string, Promise<Answer>>()

  constructor(options: CallsOfATickOptions<Request, Answer>) {
    this.#options = options
  }

  /**
   * Returns the answer to a request. A call whose time is up before it is sent is left out.
   *
   * @param id keeps the order: the call is sent when the one before it with this id is settled. Default: in no order.
   */
  add(request: Request, call: Call, id?: string): Promise<Answer> {
    return id === undefined ? this.#gather(request, call) : this.#inOrder(request, call, id)
  }

  #inOrder(request: Request, call: Call, id: string): Promise<Answer> {
    const gather = () => this.#gather(request, call)
    const earlier = this.#last.get(id)
    const answer = earlier ? earlier.then(gather, gather) : gather()
    const leave = () => {
      if (this.#last.get(id) === answer) this.#last.delete(id)
    }
    this.#last.set(id, answer)
    answer.then(leave, leave)
    return answer
  }

  #gather(request: Request, call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.push({ request, call, resolve, reject }) === 1) setImmediate(this.#flush)
    })
  }

  readonly #flush = () => {
    const { most, send } = this.#options
    const calls = inTime(this.#gathered.splice(0))
    for (let start = 0; start < calls.length; start += most) send(calls.slice(start, start + most))
  }
}

/** Returns the calls whose time is not up, and ends the others. */
export function inTime<Gathered extends GatheredCall<unknown, never>>(calls: Gathered[]): Gathered[] {
  return calls.filter(({ call, reject }) => {
    const { isInTime } = call
    if (!isInTime) reject(call.timedOut())
    return isInTime
  })
}
