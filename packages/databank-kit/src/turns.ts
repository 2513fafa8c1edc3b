/**
 * The last task of a key. It is let go of when it is done: a Map's outgrown tables keep what was in them alive until the
 * next full garbage collection, and this is then all that they keep.
 */
interface Queue {
  last: Promise<unknown> | null
}

/** Lets tasks of one key run one after another, and those of different keys at once. */
export class Turns {
  readonly #queues = new Map<string, Queue>()

  /**
   * Runs the task at once, or after the last one of its key, however that one ends.
   *
   * @param task is given the error with which the one before it ended, if it did
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

  /** Lets the tasks that are still to come begin anew, although the last one of the key has not ended. */
  abandon(key: string): void {
    this.#queues.delete(key)
  }
}
