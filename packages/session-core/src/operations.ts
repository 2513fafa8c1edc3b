import type { CallOptions } from '@sessionbank/databank-kit'
import { handleOfStored, sessionHandle } from './handle.ts'
import { Link } from './link.ts'
import type { Operation } from './operation.ts'
import type { StoreContext } from './store-context.ts'
import type { SyncOperation } from './sync-writer.ts'
import type { TracedOperation, TraceOutcome } from './tracing.ts'

/** A requested operation. */
interface Asked<T> {
  sid: string
  /** The link of the framework's session object. Default: an empty one. */
  link?: Link
  work(operation: Operation): Promise<T>
  /** Does the same on a synchronous bank. Returns null if `work` has to do it. Absent: `work` always does it. */
  workNow?(operation: SyncOperation): Promise<T> | null
  /** Returns the outcome for the trace. */
  outcome(result: T): TraceOutcome
}

/** Runs the operations of each session one after another, traces them and logs them. */
export class Operations {
  readonly #context: Pick<StoreContext, 'deadlines' | 'ids' | 'log' | 'nameOf' | 'queue' | 'records' | 'tracer'>

  constructor(context: StoreContext) {
    this.#context = context
  }

  /** Runs an operation. Its timeout starts when the earlier operations of the session have ended. */
  run<T>(name: TracedOperation, { sid, link = new Link(), work, workNow, outcome }: Asked<T>): Promise<T> {
    const { deadlines, ids, queue, records, tracer } = this.#context
    const run = () => {
      const id = ids.idOf(sid)
      const done = workNow && records.sync ? queue.runNow(id, () => workNow({ sid, id, link })) : null
      return done ?? queue.run(id, (deadline) => work({ sid, id, link, deadline }), deadlines)
    }
    return tracer.run(name, run, { handle: () => sessionHandle(sid), outcome })
  }

  /** Ends a session by the bank's id, for callers that do not know the session id. */
  async destroyStored(id: string, destroy: (options: CallOptions) => Promise<boolean>): Promise<void> {
    const { deadlines, ids, log, queue, tracer } = this.#context
    const run = () => queue.run(ids.keyOf(id), (deadline) => destroy({ deadline }), deadlines)
    await tracer.run('destroy', run, {
      handle: () => handleOfStored(id),
      outcome: (wasThere) => (wasThere ? 'destroyed' : 'missing'),
    })
    log?.debug('destroyed a session', { handle: handleOfStored(id) })
  }

  /** Logs an operation, if there is a log, when it is done. Returns its outcome. */
  logged<T>(outcome: Promise<T>, message: string, sid: string, contents?: () => object): Promise<T> {
    if (!this.#context.log) return outcome
    return outcome.then((result) => {
      this.log(message, sid, contents)
      return result
    })
  }

  /** @param contents returns fields that are logged only with `logContents` */
  log(message: string, sid: string, contents?: () => object): void {
    const { log, nameOf } = this.#context
    log?.debug(message, nameOf(sid), contents)
  }
}
