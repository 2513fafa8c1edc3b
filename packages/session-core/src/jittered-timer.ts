/** Calls `task` about every `interval` ms: with jitter, so that processes spread out; never two at once; unref'ed. */
export class JitteredTimer {
  readonly #interval: number
  readonly #task: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(interval: number, task: () => Promise<void>) {
    this.#interval = interval
    this.#task = task
    this.#schedule(Math.random() * interval)
  }

  /** Stops the timer. Resolves when a running task has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delay: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run()
    }, delay)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    await this.#task()
    this.#schedule(this.#interval * (0.9 + Math.random() * 0.2))
  }
}
