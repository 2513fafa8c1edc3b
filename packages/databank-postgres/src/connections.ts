import { clearTimeout, setTimeout } from 'node:timers'
import { CallsOfATick, type Waiting } from './calls-of-a-tick.ts'
import { type Answer, Exchange } from './exchange.ts'
import { Failure, lostAnswer, refusal, retriable, UnfitClient } from './failures.ts'
import { oddMode, type PgClient, type PgPool, type PgRelease } from './params.ts'
import type { Statement } from './statements.ts'

export interface ConnectionsOptions {
  /** How long a call may take, waiting for a connection included, in ms. */
  timeout: number
  /** Whether statements are prepared under their names. */
  prepare: boolean
}

/** How often a statement may be sent again after its connection broke, and what its failure becomes. */
interface Terms {
  resends: number
  toError: (failure: Failure, timeout: number) => Error
}

const READ: Terms = { resends: 1, toError: refusal }
const WRITE: Terms = { resends: 0, toError: lostAnswer }

/** Calls that share a round trip: enough to spare commits, few enough to keep several connections busy. */
const TOGETHER = 16

type OnAnswer<T> = (error: Error | null, answer: T) => void
type Ask<T> = (client: PgClient, onAnswer: OnAnswer<T>) => void

/** Values stay text: no type parser that the app has set may bend them. */
const TEXT = { getTypeParser: () => (text: string) => text }

const guarded = new WeakSet<PgPool>()

/** Runs statements on a pool, each within the timeout, and knows whether a failed one may have been done. */
export class Connections {
  readonly #pool: PgPool
  readonly #timeout: number
  readonly #prepare: boolean
  readonly #reads = new CallsOfATick((calls) => this.#sendInParts(calls, READ))
  readonly #writes = new CallsOfATick((calls) => this.#sendInParts(calls.sort(byKey), WRITE))
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

  /** A statement on one record that changes nothing: sent a second time where the connection broke. */
  read(statement: Statement, values: unknown[]): Promise<Answer> {
    return this.#counted(this.#reads.add({ statement, values: values.map(toText) }))
  }

  /** A statement that changes one record: never sent again unless the server says that it was rolled back. */
  write(statement: Statement, values: unknown[]): Promise<Answer> {
    return this.#counted(this.#writes.add({ statement, values: values.map(toText) }))
  }

  /** As `read`, for a statement on many records, which keeps nobody else waiting. */
  async readMany(statement: Statement, values: unknown[]): Promise<Answer> {
    return this.#counted(this.#alone(statement, values, READ))
  }

  /** As `write`, for a statement on many records. */
  async writeMany(statement: Statement, values: unknown[]): Promise<Answer> {
    return this.#counted(this.#alone(statement, values, WRITE))
  }

  /** Asks in plain SQL, all questions together within one timeout; connecting to the database is part of it. */
  questions(toError: Terms['toError']): (text: string) => Promise<Answer> {
    const deadline = this.#deadline()
    const ask = (text: string): Ask<Answer> => {
      return (client, onAnswer) => client.query({ text, rowMode: 'array', types: TEXT } as never, onAnswer as never)
    }
    return async (text) => {
      const answer = await this.#run(ask(text), deadline, 0)
      if (answer instanceof Failure) throw toError(answer, this.#timeout)
      return answer
    }
  }

  /** Resolves once no statement is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  async #counted<T>(work: Promise<T>): Promise<T> {
    this.#running++
    try {
      return await work
    } finally {
      this.#running--
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  #alone(statement: Statement, values: unknown[], terms: Terms): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#send([{ call: { statement, values: values.map(toText) }, resolve, reject }], this.#deadline(), terms)
    })
  }

  #sendInParts(calls: Waiting[], terms: Terms): void {
    const deadline = this.#deadline()
    for (let start = 0; start < calls.length; start += TOGETHER) {
      this.#send(calls.slice(start, start + TOGETHER), deadline, terms)
    }
  }

  async #send(waiting: Waiting[], deadline: number, terms: Terms): Promise<void> {
    const calls = waiting.map(({ call }) => call)
    const exchange: Ask<Answer[]> = (client, onAnswer) => {
      client.query(new Exchange(calls, { prepare: this.#prepare }, onAnswer) as never, undefined as never)
    }
    const answers = await this.#run(exchange, deadline, terms.resends)
    if (!(answers instanceof Failure)) {
      for (const [n, { resolve }] of waiting.entries()) resolve(answers[n] as Answer)
    } else if (waiting.length > 1 && answers.rolledBack) {
      // One of them was refused and took the others with it.
      for (const one of waiting) this.#send([one], deadline, terms)
    } else {
      for (const { reject } of waiting) reject(terms.toError(answers, this.#timeout))
    }
  }

  #deadline(): number {
    return performance.now() + this.#timeout
  }

  async #run<T extends object>(ask: Ask<T>, deadline: number, resends: number): Promise<T | Failure> {
    for (let resent = 0; ; ) {
      const answer = await this.#attempt(ask, deadline - performance.now())
      if (!(answer instanceof Failure)) return answer
      const again = retriable(answer) || (answer.connectionLost && resent++ < resends)
      if (!again || performance.now() >= deadline) return answer
    }
  }

  /** One try on one connection; whatever goes wrong is the result, and costs the connection. */
  #attempt<T extends object>(ask: Ask<T>, timeout: number): Promise<T | Failure> {
    return new Promise((resolve) => {
      let sent = false
      let settled = false
      let giveBack: PgRelease | undefined

      const settle = (answer: T | Failure, error?: Error) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        // With true the pool closes the connection: what is still to come on it belongs to nobody. Not with the error,
        // which the pool shows to its listeners.
        giveBack?.(error !== undefined)
        resolve(answer)
      }
      const fail = (error: Error) => settle(new Failure(error, { sent }), error)
      const giveUp = () => settle(new Failure(undefined, { sent }), new Error('no answer in time'))
      const timer = setTimeout(giveUp, Math.max(1, timeout))

      const use = (client: PgClient) => {
        const unfit = whyUnfit(client)
        if (unfit !== null) return settle(new Failure(new UnfitClient(unfit), { sent }))
        client.on('error', fail)
        sent = true
        ask(client, (error, answer) => {
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

/** A pool may make its clients otherwise than its options say. */
function whyUnfit(client: PgClient): string | null {
  if ('native' in client) return 'pg-native is not supported: use the JavaScript client of pg'
  const mode = oddMode(client)
  return mode && `the pool makes clients in ${mode} mode, which the postgres driver does not work with`
}

function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? arrayLiteral(value) : String(value)
}

/** PostgreSQL's own notation: `{"a","b"}`. */
function arrayLiteral(texts: string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`
}

/** Statements of one transaction lock rows: all processes in the same order, or they would wait for each other in a ring. */
function byKey(a: Waiting, b: Waiting): number {
  const [keyA, keyB] = [a.call.values[1] ?? '', b.call.values[1] ?? '']
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0
}

function ignore(): void {}
