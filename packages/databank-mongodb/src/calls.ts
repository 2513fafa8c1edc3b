import { Failure, lostAnswer, refusal } from './failures.ts'

/** Between two tries on a server that has just said that it is not the primary, in ms. */
const ELECTION_PAUSE = 50

/** What a call of more than one step looks at before each further one: once its caller has an answer, it must stop. */
export interface Turn {
  over: boolean
}

export type Call<T> = (turn: Turn) => Promise<T>
/** @param waited how long the call took, in ms */
type ToError = (failure: Failure, waited: number) => Error

export interface CallsOptions {
  /** How long a call may take, in ms. */
  timeout: number
  /** Whether the client is one that sends a write again by itself. */
  resends: boolean
  /** Told where the client found no server to talk to in all that time. */
  onUnreachable?: () => void
}

/** Runs calls, each within the timeout, and knows whether a failed one may have been done. */
export class Calls {
  readonly timeout: number
  readonly #resends: boolean
  readonly #onUnreachable: () => void
  #running = 0
  #whenIdle: (() => void)[] = []

  constructor({ timeout, resends, onUnreachable = () => {} }: CallsOptions) {
    this.timeout = timeout
    this.#resends = resends
    this.#onUnreachable = onUnreachable
  }

  /** A call that changes nothing. */
  read<T>(call: Call<T>): Promise<T> {
    return this.run(call, refusal)
  }

  /** A call that changes something: sent again only where the server says that it did nothing. */
  write<T>(call: Call<T>): Promise<T> {
    return this.run(call, lostAnswer)
  }

  async run<T>(call: Call<T>, toError: ToError): Promise<T> {
    const began = performance.now()
    const deadline = began + this.timeout
    this.#running++
    try {
      for (;;) {
        const answer = await this.#attempt(call, deadline - performance.now())
        if (!(answer instanceof Failure)) return answer
        if (answer.unreachable) this.#onUnreachable()
        if (!answer.notPrimary || performance.now() + ELECTION_PAUSE >= deadline) {
          throw toError(answer, answer.cause === undefined ? this.timeout : Math.round(performance.now() - began))
        }
        await new Promise((resolve) => setTimeout(resolve, ELECTION_PAUSE))
      }
    } finally {
      this.#running--
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  /** Resolves once no call is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  #attempt<T>(call: Call<T>, timeout: number): Promise<T | Failure> {
    return new Promise((resolve) => {
      const turn = { over: false }
      const settle = (answer: T | Failure) => {
        clearTimeout(timer)
        turn.over = true
        resolve(answer)
      }
      const fail = (cause?: unknown) => settle(new Failure(cause, { resent: this.#resends }))
      const timer = setTimeout(fail, Math.max(1, timeout))
      call(turn).then(settle, fail)
    })
  }
}
