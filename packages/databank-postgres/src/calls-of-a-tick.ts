import { setImmediate } from 'node:timers'
import type { Answer, Call } from './exchange.ts'

/** What waits for its answer. */
export interface Waiting {
  call: Call
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

/**
 * Gathers the calls of one turn of the event loop and sends them on together, without waiting for more: a lone call goes
 * as fast as it would alone, many share round trips and commits.
 */
export class CallsOfATick {
  readonly #send: (calls: Waiting[]) => void
  #waiting: Waiting[] = []

  constructor(send: (calls: Waiting[]) => void) {
    this.#send = send
  }

  add(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ call, resolve, reject }) > 1) return
      setImmediate(() => this.#send(this.#waiting.splice(0)))
    })
  }
}
