import type { Call } from './call.ts'

type Step = (call: Call) => Promise<void> | undefined

/** What a type needs before its first write, such as indexes. Done again if it fails. */
export class Preparation {
  readonly #steps: Step[]
  /** Null once it is done, or if nothing is needed. */
  #done: Promise<void> | undefined | null

  constructor(step: Step | undefined) {
    this.#steps = step ? [step] : []
    this.#done = step ? undefined : null
  }

  /** Adds a last step. Called before the first write. */
  add(step: Step): void {
    this.#steps.push(step)
    this.#done = undefined
  }

  /** Returns a write that waits for the preparation. All that wait share it; each has its own deadline. */
  before<T>(write: (call: Call) => Promise<T>): (call: Call) => Promise<T> {
    return this.#done === null ? write : (call) => this.#prepared(call, write)
  }

  async #prepared<T>(call: Call, write: (call: Call) => Promise<T>): Promise<T> {
    // Done in an earlier attempt.
    if (this.#done === null) return write(call)
    this.#done ??= this.#run(call).then(
      () => {
        this.#done = null
      },
      (error) => {
        this.#done = undefined
        throw error
      },
    )
    await this.#done
    call.assertInTime()
    return write(call)
  }

  async #run(call: Call): Promise<void> {
    for (const step of this.#steps) await step(call)
  }
}
