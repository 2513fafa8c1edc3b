import type { Call } from './call.ts'

type Step = (call: Call) => Promise<void> | undefined

/** The steps before the first write of a type, such as creating indexes. Repeated after a failure. */
export class Preparation {
  readonly #steps: Step[]
  /** Null if it is done, or if there are no steps. */
  #done: Promise<void> | undefined | null

  constructor(step: Step | undefined) {
    this.#steps = step ? [step] : []
    this.#done = step ? undefined : null
  }

  /** Adds a last step. Must be called before the first write. */
  add(step: Step): void {
    this.#steps.push(step)
    this.#done = undefined
  }

  /** Returns a write that first waits for the preparation, which all writes share. Each write has its own deadline. */
  before<T>(write: (call: Call) => Promise<T>): (call: Call) => Promise<T> {
    return this.#done === null ? write : (call) => this.#prepared(call, write)
  }

  async #prepared<T>(call: Call, write: (call: Call) => Promise<T>): Promise<T> {
    // An earlier attempt has completed the preparation.
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
