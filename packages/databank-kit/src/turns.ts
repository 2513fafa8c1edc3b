/**
 * Holds the last task of a key, and drops it when it is done. (A Map keeps removed values alive in its outgrown tables
 * until the next full garbage collection. It then keeps this object, but not the task.)
 */
interface Queue {
  last: Promise<unknown> | null
}

/** Runs tasks of one key one after another, and those of different keys concurrently. */
export class Turns {
  readonly #queues = new Map<string, Queue>()

  /**
   * Runs a task at once, or after the last task of its key has succeeded or failed.
   *
   * @param task called with the error of the task before it, if that failed
   */
  run<T>(key: string, task: (error?: unknown) => Promise<T>): Promise<T> {
    let queue = this.#queues.get(key)
    if (!queue) {
      queue = { last: null }
      this.#queues.set(key, queue)
    }
    const own = queue
    const turn = own.last ? own.last.then(() => task(), task) : task()
    own.last = turn
    const leave = () => {
      if (own.last !== turn) return
      own.last = null
      if (this.#queues.get(key) === own) this.#queues.delete(key)
    }
    turn.then(leave, leave)
    return turn
  }

  /** Lets later tasks of the key start, even though its last one has not ended. */
  abandon(key: string): void {
    this.#queues.delete(key)
  }
}
