/** Lets tasks of one key run one after another, and those of different keys at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Runs the task at once, or after the last one of its key, however that one ends.
   *
   * @param task is given the error with which the one before it ended, if it did
   */
  run<T>(key: string, task: (error?: unknown) => Promise<T>): Promise<T> {
    const previous = this.#last.get(key)
    const turn = previous ? previous.then(() => task(), task) : task()
    this.#last.set(key, turn)
    const leave = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
    turn.then(leave, leave)
    return turn
  }
}
