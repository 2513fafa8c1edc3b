import { clearTimeout, setTimeout } from 'node:timers'
import {
  type Call,
  Calls,
  CallsOfATick,
  ConnectError,
  type GatheredCall,
  inTime,
  LONGEST_DELAY,
} from '@sessionbank/databank-kit'
import { cancel } from './cancel.ts'
import { type Answer, Exchange, type Query } from './exchange.ts'
import { ExchangeError, failureOf, isRolledBack } from './failures.ts'
import { type PgClient, type PgPool, type PgRelease, unsupportedMode } from './options.ts'
import { statement } from './stored-form.ts'

type Gathered = GatheredCall<Query, Answer>

type OnAnswer<T> = (error: Error | null, answer: T) => void

/** Calls that share a round trip: enough to spare commits, few enough to keep several connections busy. */
const TOGETHER = 16
/** The part of the time left for which the writes of an exchange wait for a lock, before each is sent alone. */
const TOGETHER_SHARE = 1 / 8
/** The same for one that is then alone: it leaves time to hear that the write was not done. */
const ALONE_SHARE = 7 / 8
/** How many timeouts the server has to answer a write that it was asked to cancel. */
const PATIENCE = 3

const LOCK_TIMEOUT = statement(`SELECT set_config('lock_timeout', $1, true)`)

/** Values stay text: no type parser that the app has set may bend them. */
const TEXT = { getTypeParser: () => (text: string) => text }

const guarded = new WeakSet<PgPool>()

/** Sends the calls of a bank over a pool. */
export class Connection {
  readonly calls: Calls
  readonly #pool: PgPool
  readonly #prepare: boolean
  /** How to end what is on a connection. */
  readonly #underWay = new Set<(error: Error) => void>()

  constructor(pool: PgPool, { timeout, prepare }: { timeout: number; prepare: boolean }) {
    this.calls = new Calls({ database: 'PostgreSQL', timeout, failureOf })
    this.#pool = pool
    this.#prepare = prepare
    // An idle connection that breaks makes the pool emit 'error', which ends a process where nobody listens.
    if (!guarded.has(pool)) pool.on('error', () => {})
    guarded.add(pool)
  }

  /** Sends reads of one record each; a second time if the connection broke. */
  reads(): CallsOfATick<Query, Answer> {
    return new CallsOfATick({ most: TOGETHER, send: (calls) => this.#send(calls, false) })
  }

  /** Sends writes of one record each; never again unless the server says that they were rolled back. */
  writes(): CallsOfATick<Query, Answer> {
    return new CallsOfATick({ most: TOGETHER, send: (calls) => this.#send(calls.sort(byId), true) })
  }

  /** Sends a statement on many records, which keeps no other call waiting. */
  alone(request: Query, call: Call, isWrite: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#send([{ request, call, resolve, reject }], isWrite)
    })
  }

  /** Sends plain SQL, of any number of statements. */
  ask(text: string, call: Call): Promise<Answer> {
    return this.#onClient([call], true, (client, onAnswer) => {
      client.query({ text, rowMode: 'array', types: TEXT } as never, onAnswer as never)
    })
  }

  /** Waits for the calls under way, but no longer than the time of a call. */
  async close(): Promise<void> {
    await this.calls.close()
    this.abort()
  }

  /** Ends what is under way, and with it the connections. */
  abort(): void {
    for (const end of this.#underWay) end(new ExchangeError('the bank was disconnected'))
  }

  /** Sends calls in one exchange. If one of them is refused nothing was done, and each is sent alone. */
  async #send(gathered: Gathered[], isWrite: boolean, isResent = false): Promise<void> {
    let sent = inTime(gathered)
    if (sent.length === 0) return
    const calls = sent.map(({ call }) => call)
    try {
      const answers = await this.#onClient<Answer[]>(calls, isWrite, (client, onAnswer) => {
        sent = inTime(sent)
        if (sent.length === 0) return onAnswer(null, [])
        for (const { call } of sent) call.sent = true
        const queries = sent.map(({ request }) => request)
        if (isWrite && sent.length > 1) queries.unshift(lockTimeout(sent, TOGETHER_SHARE))
        else if (isWrite && isResent) queries.unshift(lockTimeout(sent, ALONE_SHARE))
        client.query(new Exchange(queries, { prepare: this.#prepare }, onAnswer) as never, undefined as never)
      })
      const own = answers.slice(-sent.length)
      for (const [n, one] of sent.entries()) one.resolve(own[n] as Answer)
    } catch (error) {
      const isRefused = isRolledBack(error)
      if (isRefused) for (const { call } of sent) call.sent = false
      if (isRefused && sent.length > 1) for (const one of sent) this.#send([one], isWrite, true)
      else if (!isRefused && !isWrite && !isResent) this.#send(sent, isWrite, true)
      else for (const one of sent) one.reject(error)
    }
  }

  /**
   * Lends a client for one question. Whatever goes wrong costs its connection.
   *
   * If the time of all calls is up, a read is given up. A write is cancelled, and settled by what the server then answers: a
   * write that comes later must not be overtaken by it.
   */
  #onClient<T>(calls: Call[], isWrite: boolean, ask: (client: PgClient, onAnswer: OnAnswer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isSettled = false
      let lent: { client: PgClient; release: PgRelease } | undefined
      let patience: NodeJS.Timeout | undefined

      const settle = (error: Error | null, answer?: T) => {
        if (isSettled) return
        isSettled = true
        clearTimeout(patience)
        this.#underWay.delete(fail)
        if (error === null) lent?.client.removeListener('error', fail)
        // With true the pool closes the connection: what is still to come on it belongs to no call. Not with the error,
        // which the pool shows to its listeners.
        lent?.release(error !== null || patience !== undefined)
        if (error === null) resolve(answer as T)
        else reject(error)
      }
      const fail = (error: Error) => settle(error)
      const giveUp = () => {
        if (isSettled || patience || !calls.every(({ isOver }) => isOver)) return
        const late = new ExchangeError('no answer in time')
        if (!lent || !isWrite) return fail(late)
        patience = setTimeout(fail, Math.min(PATIENCE * this.calls.timeout, LONGEST_DELAY), late)
        patience.unref()
        cancel(lent.client)
      }
      for (const call of calls) call.onTimeout = giveUp

      const use = (client: PgClient, release: PgRelease) => {
        lent = { client, release }
        this.#underWay.add(fail)
        client.on('error', fail)
        const mode = 'native' in client ? 'native' : unsupportedMode(client)
        if (mode) fail(new ConnectError(`the pool makes clients in ${mode} mode: use pg’s own defaults`))
        else ask(client, settle)
      }
      try {
        this.#pool.connect((error, client, release) => {
          // A pool whose own time is up brings neither client nor `release`.
          if (!client) fail(error as Error)
          else if (isSettled) release()
          else use(client, release)
        })
      } catch (error) {
        fail(error as Error)
      }
    })
  }
}

/** For the transaction of the exchange: a record that another transaction has locked holds up the others no longer. */
function lockTimeout(calls: Gathered[], share: number): Query {
  const timeLeft = Math.min(...calls.map(({ call }) => call.timeLeft))
  return { statement: LOCK_TIMEOUT, values: [`${Math.ceil(timeLeft * share)}`] }
}

/** Statements of one transaction lock rows: all processes in the same order, or they would wait for each other in a ring. */
function byId(a: Gathered, b: Gathered): number {
  const [idA, idB] = [a.request.values[1] ?? '', b.request.values[1] ?? '']
  return idA < idB ? -1 : idA > idB ? 1 : 0
}
