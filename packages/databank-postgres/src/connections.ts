import { Failure, lostAnswer, refusal, retriable } from './failures.ts'
import type { PgClient, PgPool, PgRelease } from './params.ts'
import type { Statement } from './statements.ts'

export interface Answer {
  /** Columns as text, in the order of the SELECT. */
  rows: (string | null)[][]
  rowCount: number
}

export interface ConnectionsOptions {
  /** How long a call may take, waiting for a connection included, in ms. */
  timeout: number
  /** Whether statements are prepared under their names. */
  prepare: boolean
}

/** How long a statement may take, how often it may be sent again, and what its failure becomes. */
interface Terms {
  deadline: number
  resends: number
  toError: (failure: Failure, timeout: number) => Error
}

/** Values stay text: neither an app's own type parsers nor a changed global one can bend them. */
const TEXT = { getTypeParser: () => (text: string) => text }

const guarded = new WeakSet<PgPool>()

/** Runs statements on a pool, each within the timeout, and knows whether a failed one may have been done. */
export class Connections {
  readonly #pool: PgPool
  readonly #timeout: number
  readonly #prepare: boolean
  #running = 0
  #whenIdle: (() => void)[] = []

  constructor(pool: PgPool, { timeout, prepare }: ConnectionsOptions) {
    this.#pool = pool
    this.#timeout = timeout
    this.#prepare = prepare
    // An idle connection that breaks makes the pool emit 'error', which ends a process where nobody listens.
    if (!guarded.has(pool)) pool.on('error', ignore)
    guarded.add(pool)
  }

  /** A statement that changes nothing: sent a second time where the connection broke. */
  read(statement: Statement, values: unknown[]): Promise<Answer> {
    const query = this.#query(statement, values)
    return this.#run(query, { deadline: this.#deadline(), resends: 1, toError: refusal })
  }

  /** A statement that changes something: never sent again unless the server says that it was rolled back. */
  write(statement: Statement, values: unknown[]): Promise<Answer> {
    const query = this.#query(statement, values)
    return this.#run(query, { deadline: this.#deadline(), resends: 0, toError: lostAnswer })
  }

  /** Asks in plain SQL, all questions together within one timeout; connecting to the database is part of it. */
  questions(toError: (failure: Failure, timeout: number) => Error): (text: string) => Promise<Answer> {
    const deadline = this.#deadline()
    return (text) => this.#run({ text, rowMode: 'array', types: TEXT }, { deadline, resends: 0, toError })
  }

  /** Resolves once no statement is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  #query({ text, name }: Statement, values: unknown[]): object {
    return { name: this.#prepare ? name : '', text, values, rowMode: 'array', types: TEXT }
  }

  #deadline(): number {
    return performance.now() + this.#timeout
  }

  async #run(query: object, { deadline, resends, toError }: Terms): Promise<Answer> {
    this.#running++
    try {
      for (let resent = 0; ; ) {
        const answer = await this.#attempt(query, deadline - performance.now())
        if (!(answer instanceof Failure)) return answer
        const again = retriable(answer) || (answer.connectionLost && resent++ < resends)
        if (!again || performance.now() >= deadline) throw toError(answer, this.#timeout)
      }
    } finally {
      this.#running--
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  #attempt(query: object, timeout: number): Promise<Answer | Failure> {
    return new Promise((resolve) => {
      let sent = false
      let settled = false
      let giveBack: PgRelease | undefined

      const settle = (answer: Answer | Failure, error?: Error) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        // With an error the pool closes the connection: what is still to come on it belongs to nobody.
        giveBack?.(error)
        resolve(answer)
      }
      const fail = (error: Error) => settle(new Failure(error, { sent }), error)
      const giveUp = () => settle(new Failure(undefined, { sent }), new Error('no answer in time'))
      const timer = setTimeout(giveUp, Math.max(1, timeout))

      const use = (client: PgClient) => {
        client.on('error', fail)
        sent = true
        client.query(query as never, (error, answer) => {
          if (error) return fail(error)
          client.removeListener('error', fail)
          settle(answer)
        })
      }

      try {
        this.#pool.connect((error, client, release) => {
          if (settled) return release()
          if (error || !client) return fail(error ?? new Error('the pool gave no connection'))
          giveBack = release
          use(client)
        })
      } catch (error) {
        fail(error as Error)
      }
    })
  }
}

function ignore(): void {}
