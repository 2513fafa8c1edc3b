import type { CallOptions } from '@sessionbank/databank-kit'
import { handleOfStored } from './handle.ts'
import type { Link } from './link.ts'
import type { Operation } from './operation.ts'
import type { StoreContext } from './store-context.ts'
import { type TracedOperation, traced } from './tracing.ts'

/** Runs the operations of each session one after another, and tells traces and the log of them. */
export class Operations {
  readonly #context: Pick<StoreContext, 'deadlines' | 'ids' | 'log' | 'nameOf' | 'queue' | 'settings'>

  constructor(context: StoreContext) {
    this.#context = context
  }

  /** The time of an operation begins with its turn. */
  run<T>(name: TracedOperation, sid: string, link: Link, operation: (operation: Operation) => Promise<T>): Promise<T> {
    const { deadlines, ids, queue, settings } = this.#context
    return traced(name, settings.type, () => {
      const id = ids.idOf(sid)
      return queue.run(id, (deadline) => operation({ sid, id, link, deadline }), deadlines)
    })
  }

  /** Ends a session whose session id is not known, only the bank's. */
  async destroyStored(id: string, destroy: (options: CallOptions) => Promise<unknown>): Promise<void> {
    const { deadlines, ids, log, queue, settings } = this.#context
    await traced('destroy', settings.type, () => {
      return queue.run(ids.keyOf(id), (deadline) => destroy({ deadline }), deadlines)
    })
    log?.debug('destroyed a session', { handle: handleOfStored(id) })
  }

  /** Tells the log, if there is one, of an operation once it is done. Returns the operation's outcome. */
  logged<T>(outcome: Promise<T>, message: string, sid: string, contents?: () => object): Promise<T> {
    if (!this.#context.log) return outcome
    return outcome.then((result) => {
      this.log(message, sid, contents)
      return result
    })
  }

  /** @param contents returns what only `logContents` lets through */
  log(message: string, sid: string, contents?: () => object): void {
    const { log, nameOf } = this.#context
    log?.debug(message, nameOf(sid), contents)
  }
}
