import { type Failure, lostAnswer, refusal } from './failures.ts'

/** What a call of several steps looks at between them. */
export class Turn {
  /** Whether its caller has an answer: then it must do nothing more. */
  over = false
  /** Whether a write of it may have reached the server. */
  sent = false
  readonly #deadline: number

  constructor(timeout: number) {
    this.#deadline = performance.now() + timeout
  }

  /** What the client may take for the next step, in ms: a little less than is left, so that it can still say what is wrong. */
  get timeout(): number {
    return Math.max(1, Math.floor((this.#deadline - performance.now()) * 0.9))
  }
}

/** @param waited how long the call took, in ms */
type ToError = (failure: Failure, waited: number) => Error

/** Runs calls, each within the timeout, and knows whether a failed one may have been done. */
export class Calls {
  readonly #timeout: number
  #running = 0
  #whenIdle: (() => void)[] = []

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** A call that changes nothing. */
  read<T>(call: (turn: Turn) => Promise<T>): Promise<T> {
    return this.run(call, refusal)
  }

  /** A call that changes something; it sets `turn.sent` before it does. */
  write<T>(call: (turn: Turn) => Promise<T>): Promise<T> {
    return this.run(call, lostAnswer)
  }

  async run<T>(call: (turn: Turn) => Promise<T>, toError: ToError): Promise<T> {
    this.#running++
    const turn = new Turn(this.#timeout)
    const began = performance.now()
    try {
      return await new Promise<T>((resolve, reject) => {
        const fail = (cause?: Error) => {
          const waited = cause === undefined ? this.#timeout : Math.round(performance.now() - began)
          reject(toError({ cause, sent: turn.sent }, waited))
        }
        const timer = setTimeout(fail, this.#timeout)
        const settled = () => clearTimeout(timer)
        call(turn).finally(settled).then(resolve, fail)
      })
    } finally {
      turn.over = true
      this.#running--
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  /** Resolves once no call is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }
}
